"""Access tokens: RS256 JWTs that this JPD signs, and the record that it keeps of the longer-lived ones.

A token is valid when its signature is ours, its time has not come and it was not revoked. Short-lived tokens leave no
record, as in the product; they can therefore be neither listed nor revoked.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from jpd_sim.state.errors import Refused
from jpd_sim.state.identity import Identity
from jpd_sim.state.profile import Profile
from jpd_sim.state.table import Table

_ALGORITHM = "RS256"
_CACHED_TOKENS = 4096


@dataclass(frozen=True)
class Token:
    """What a token says. Times are in seconds since the epoch; `expires_at` None means never."""

    token_id: str
    subject: str
    issuer: str
    scope: str
    audience: str
    issued_at: int
    expires_at: int | None
    description: str = ""
    refreshable: bool = False

    @property
    def username(self) -> str:
        """The user whose token it is."""
        return self.subject.rpartition("/users/")[2]


class BadToken(Refused):
    """The token proves nothing; the message says why in the product's words."""


class Tokens:
    """The tokens that one JPD has issued."""

    def __init__(self, identity: Identity, profile: Profile, now_ms: Callable[[], int]) -> None:
        self._identity = identity
        self._profile = profile
        self._now_ms = now_ms
        self._verified: dict[str, Token] = {}
        self.stored: Table[str, Token] = Table()
        self.revoked: Table[str, Token] = Table()
        self.refresh: Table[str, str] = Table()

    def issue(
        self,
        username: str,
        scope: str,
        *,
        lifetime_seconds: int | None,
        audience: str = "*@*",
        issuer: str | None = None,
        description: str = "",
        refreshable: bool = False,
        extension: Mapping[str, object] | None = None,
    ) -> tuple[Token, str]:
        """Sign a token and keep a record of it if it lives long enough."""
        now = self._now_ms() // 1000
        owner = issuer or self._identity.access_id
        token = Token(
            token_id=str(uuid.uuid4()),
            subject=f"{owner}/users/{username}",
            issuer=owner,
            scope=scope,
            audience=audience,
            issued_at=now,
            expires_at=None if lifetime_seconds is None else now + lifetime_seconds,
            description=description,
            refreshable=refreshable,
        )
        if lifetime_seconds is None or lifetime_seconds >= self._profile.persistence_threshold_seconds:
            self.stored.put(token.token_id, token)
        return token, self._sign(token, extension)

    def verify(self, encoded: str) -> Token:
        """The token if it is ours, in time and not revoked; BadToken otherwise."""
        token = self._verified.get(encoded) or self._check_signature(encoded)
        if token.expires_at is not None and self._now_ms() // 1000 >= token.expires_at:
            raise BadToken("Invalid token, expired")
        if token.token_id in self.revoked:
            raise BadToken("Invalid token, revoked")
        return token

    def revoke(self, token_id: str) -> bool:
        """End a stored token; False when it is not known or already ended."""
        token = self.stored.drop(token_id)
        if token is None:
            return False
        self.revoked.put(token_id, token)
        return True

    def new_refresh_token(self, token_id: str) -> str:
        """A refresh token, good once, for a stored token."""
        refresh = secrets.token_urlsafe(32)
        self.refresh.put(refresh, token_id)
        return refresh

    def clear(self) -> None:
        """Forget every record."""
        self._verified.clear()
        self.stored.clear()
        self.revoked.clear()
        self.refresh.clear()

    def restore(self, token: Token) -> None:
        """Keep the record of a token that was issued before a reset."""
        self.stored.put(token.token_id, token)

    def _sign(self, token: Token, extension: Mapping[str, object] | None) -> str:
        claims: dict[str, object] = {
            "sub": token.subject,
            "iss": token.issuer,
            "scp": token.scope,
            "aud": token.audience,
            "iat": token.issued_at,
            "jti": token.token_id,
        }
        if token.expires_at is not None:
            claims["exp"] = token.expires_at
        if extension is not None:
            claims["ext"] = json.dumps(extension)
        key = self._identity.key
        return jwt.encode(claims, key.private, algorithm=_ALGORITHM, headers={"ver": "2", "kid": key.kid})

    def _check_signature(self, encoded: str) -> Token:
        try:
            # Time is ours to check, on the virtual clock; the audience is a pattern that JWT libraries do not know.
            claims = jwt.decode(
                encoded,
                self._identity.key.private.public_key(),
                algorithms=[_ALGORITHM],
                options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
            )
        except jwt.InvalidSignatureError as error:
            raise BadToken("Invalid token, signature") from error
        except jwt.PyJWTError as error:
            raise BadToken("Invalid token, malformed") from error
        token = _token_of(claims)
        if len(self._verified) >= _CACHED_TOKENS:
            self._verified.clear()
        self._verified[encoded] = token
        return token


def unverified_claims(encoded: str) -> dict[str, Any]:
    """The claims of a token that somebody else signed; BadToken when it is not a JWT."""
    try:
        claims: dict[str, Any] = jwt.decode(encoded, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise BadToken("Invalid token, malformed") from error
    return claims


def _token_of(claims: Mapping[str, Any]) -> Token:
    return Token(
        token_id=str(claims.get("jti", "")),
        subject=str(claims.get("sub", "")),
        issuer=str(claims.get("iss", "")),
        scope=str(claims.get("scp", "")),
        audience=str(claims.get("aud", "")),
        issued_at=int(claims.get("iat", 0)),
        expires_at=claims.get("exp"),
    )
