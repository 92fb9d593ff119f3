"""Who may log in on a server: Flask-AppBuilder's configuration, read by the API server and the init job.

LENSAN_LOGIN says by what: ``password`` (users made in Airflow), ``ldap`` or ``oidc``; deploy/README.md lists the
other variables. Rights follow the directory's groups at every login, by LENSAN_LOGIN_ROLES, a JSON object
``{"group": ["Op"]}``; who is in none of them may log in and sees nothing.
"""

import json
import os

AUTH_DB, AUTH_LDAP, AUTH_OAUTH = 1, 2, 4  # as flask_appbuilder.const has them
AUTH_TYPE = {"password": AUTH_DB, "ldap": AUTH_LDAP, "oidc": AUTH_OAUTH}[
    os.environ.get("LENSAN_LOGIN") or "password"
]
WTF_CSRF_ENABLED = True

if AUTH_TYPE != AUTH_DB:
    AUTH_USER_REGISTRATION = True
    AUTH_USER_REGISTRATION_ROLE = "Public"
    AUTH_ROLES_SYNC_AT_LOGIN = True
    AUTH_ROLES_MAPPING = json.loads(os.environ["LENSAN_LOGIN_ROLES"])

if AUTH_TYPE == AUTH_LDAP:
    AUTH_LDAP_SERVER = os.environ["LENSAN_LOGIN_URL"]
    # Passwords go over this connection: ldaps:// or StartTLS, except to this machine.
    AUTH_LDAP_USE_TLS = os.environ.get("LENSAN_LDAP_STARTTLS") == "yes"
    AUTH_LDAP_SEARCH = os.environ["LENSAN_LDAP_SEARCH"]
    AUTH_LDAP_BIND_USER = os.environ["LENSAN_LOGIN_CLIENT"]
    AUTH_LDAP_BIND_PASSWORD = os.environ["LENSAN_LOGIN_PASSWORD"]
    AUTH_LDAP_UID_FIELD = os.environ.get("LENSAN_LDAP_NAME") or "uid"
    AUTH_LDAP_GROUP_FIELD = "memberOf"

if AUTH_TYPE == AUTH_OAUTH:
    _ISSUER = os.environ["LENSAN_LOGIN_URL"].rstrip("/")
    OAUTH_PROVIDERS = [
        {
            "name": "oidc",
            "icon": "fa-key",
            "token_key": "access_token",
            "remote_app": {
                "client_id": os.environ["LENSAN_LOGIN_CLIENT"],
                "client_secret": os.environ["LENSAN_LOGIN_PASSWORD"],
                "server_metadata_url": f"{_ISSUER}/.well-known/openid-configuration",
                "client_kwargs": {
                    "scope": "openid profile email groups",
                    "code_challenge_method": "S256",
                },
            },
        }
    ]
