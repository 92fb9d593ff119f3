"""What Airflow learns of this package as of any provider: how its assets are named in OpenLineage's events, and
the form of a source's connection at *Admin → Connections*."""

from __future__ import annotations

from typing import Any

from lensan.operations import connections

_SECRET = {"type": ["string", "null"], "format": "password"}
_LINES = {"type": ["string", "null"], "format": "multiline"}
_LINE = {"type": ["string", "null"]}
_NUMBER = {"type": ["number", "null"], "exclusiveMinimum": 0}


def _field(label: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"label": label, "description": description, "schema": schema}


SOURCE_FIELDS = {
    "token": _field("Mã truy cập (HTTPS)", "Gửi dưới dạng Authorization: Bearer", _SECRET),
    "key_file": _field("Tệp khóa riêng (SFTP)", "Đường dẫn trên máy chạy Lên Sàn", _LINE),
    "private_key": _field("Khóa riêng (SFTP)", "Cả nội dung, thay cho tệp khóa", _LINES),
    "private_key_passphrase": _field("Mật khẩu của khóa riêng", "Để trống nếu không có", _SECRET),
    "host_key": _field(
        "Khóa của máy chủ (SFTP)",
        "ssh-ed25519 AAAA… hoặc SHA256:…; hỏi người quản lý máy chủ. Khóa lạ luôn bị từ chối",
        _LINE,
    ),
    "known_hosts": _field("Tệp known_hosts (SFTP)", "Thay cho khóa của máy chủ", _LINE),
    "ca_file": _field("Tệp chứng thư gốc", "Khi máy chủ dùng chứng thư của nội bộ", _LINE),
    "timeout_s": _field("Chờ một câu trả lời (giây)", "Để trống: 15", _NUMBER),
    "limit_s": _field("Chờ cả nguồn trong một lần nhận (giây)", "Để trống: 120", _NUMBER),
    "max_mb": _field("Một tệp lớn nhất (MB)", "Để trống: 250", _NUMBER),
    "days_back": _field("Lùi lại nhiều nhất (ngày)", "Với địa chỉ có {date}; trống: 31", _NUMBER),
}
"""The extra of a source's connection, as ``connections.access_of`` reads it."""


def get_provider_info() -> dict[str, Any]:
    """The entry point ``apache_airflow_provider``, in the form of Airflow's provider_info schema.

    The warehouse and the mail server have the forms of Airflow's own providers, postgres and smtp.
    """
    return {
        "package-name": "lensan",
        "name": "Lên Sàn",
        "description": "Farming households on marketplaces: assets of landing, core, figures and reports",
        "asset-uris": [
            {
                "schemes": [connections.SCHEME],
                "handler": None,
                "to_openlineage_converter": f"{connections.__name__}.as_dataset",
            }
        ],
        "connection-types": [
            {
                "connection-type": connections.SourceHook.conn_type,
                "hook-class-name": f"{connections.__name__}.{connections.SourceHook.__name__}",
                "hook-name": connections.SourceHook.hook_name,
                "ui-field-behaviour": {
                    # The contract's address says port and path.
                    "hidden-fields": ["port", "schema"],
                    "relabeling": {
                        "host": "Máy chủ duy nhất được nhận mật khẩu",
                        "login": "Tên đăng nhập",
                        "password": "Mật khẩu",  # pragma: allowlist secret
                    },
                    "placeholders": {"host": "như trong location của nguồn"},
                },
                "conn-fields": SOURCE_FIELDS,
            }
        ],
    }
