"""What the control plane says about itself: an OpenAPI 3.1 document, and a page on which people try it."""

from __future__ import annotations

import re
import secrets
from importlib import resources
from typing import Any

from starlette.responses import HTMLResponse, Response

from jpd_sim.control.operation import Field, Operation

_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_ERROR = {
    "description": "Refused; the message says why.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


def openapi(operations: list[Operation]) -> dict[str, Any]:
    """The OpenAPI document of these operations."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = _PARAMETER.sub(r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Control plane of the JPD simulator",
            "version": "1",
            "description": "What tests and people do to the simulated world. Not part of any product.",
        },
        "security": [{"controlToken": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"controlToken": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": {"type": "string"}, "errors": {"type": "array", "items": {}}},
                }
            },
        },
    }


def page() -> Response:
    """The page; it loads nothing from elsewhere and may run no script but its own."""
    nonce = secrets.token_urlsafe(16)
    text = resources.files(__package__ or "").joinpath("page.html").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(text.replace("NONCE", nonce), headers={"Content-Security-Policy": policy})


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.group],
        "summary": operation.summary,
        "responses": {
            str(operation.status): {"description": "Done.", "content": {"application/json": {}}},
            "4XX": _ERROR,
        },
    }
    in_path = [
        _parameter("path", Field(name, "integer" if kind == "int" else "string", "", required=True))
        for name, kind in _PARAMETER.findall(operation.path)
    ]
    parameters = in_path + [_parameter("query", each) for each in operation.query]
    if parameters:
        described["parameters"] = parameters
    if operation.document:
        content = {"application/yaml": {"schema": {"type": "string"}, "example": operation.example}}
        described["requestBody"] = {"required": True, "description": operation.document, "content": content}
    elif operation.body:
        schema = {
            "type": "object",
            "additionalProperties": False,
            "properties": {each.name: {"type": each.kind, "description": each.text} for each in operation.body},
            "required": [each.name for each in operation.body if each.required],
        }
        described["requestBody"] = {"content": {"application/json": {"schema": schema, "example": operation.example}}}
    return described


def _parameter(where: str, field: Field) -> dict[str, Any]:
    described = {"name": field.name, "in": where, "required": field.required, "schema": {"type": field.kind}}
    return {**described, "description": field.text} if field.text else described
