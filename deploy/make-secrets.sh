#!/bin/sh
# Make the secrets of a server, each a file of random bytes in a folder that only its owner may enter:
#   deploy/make-secrets.sh secrets
# Files that are there stay as they are. smtp_connection and login_password are left empty: see deploy/README.md.
set -eu
folder=${1:?give the folder}
umask 077
mkdir -p "$folder"
make_one() { # name, and what makes it: unless it is there already
    [ -e "$folder/$1" ] && return
    $2 >"$folder/$1"
    # The containers' users read it through their own mount; on the host the folder keeps others out.
    chmod 0444 "$folder/$1"
    echo "made $folder/$1"
}
random() { head -c 32 /dev/urandom | base64 | tr -d '\n=' | tr '+/' '-_'; }
fernet() { head -c 32 /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_'; }
for name in postgres_password airflow_db_password warehouse_password valkey_password \
    airflow_admin_password api_secret_key; do
    make_one "$name" random
done
long() { head -c 64 /dev/urandom | base64 | tr -d '\n='; }
make_one jwt_secret long
make_one fernet_key fernet
make_one smtp_connection true
make_one login_password true
