"""Access tokens: RS256 JWTs that this JPD signs, and the record that it keeps of the longer-lived ones.

A token is valid when its signature is ours, its time has not come and it was not revoked. Short-lived tokens leave no
record, as in the product; they can therefore be neither listed nor revoked. A token that a member of the circle of
trust signed is valid too, as long as it is one that leaves no record there: whether it was revoked could not be known.
"""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from jpd_sim.state.circle import Circle
from jpd_sim.state.errors import Refused
from jpd_sim.state.identity import Identity, SigningKey
from jpd_sim.state.kept import Kept
from jpd_sim.state.profile import Profile
from jpd_sim.state.table import Table

_ALGORITHM = "RS256"
_CACHED_TOKENS = 4096
_REFERENCE_PREFIX = "reftkn:01:"


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
    foreign: bool = False
    """Whether a member of the circle of trust signed it."""

    @property
    def username(self) -> str:
        """The user whose token it is."""
        return self.subject.rpartition("/users/")[2]


class BadToken(Refused):
    """The token proves nothing; the message says why in the product's words."""


class Tokens(Kept):
    """The tokens that one JPD has issued."""

    def __init__(self, identity: Identity, profile: Profile, now_ms: Callable[[], int]) -> None:
        self._identity = identity
        self.profile = profile
        self._now_ms = now_ms
        self._verified: dict[str, Token] = {}
        self.key = identity.key
        """Signs new tokens. Another one after a rotation; what the old one signed is then worth nothing."""
        self.circle = Circle()
        self.default_seconds = profile.default_token_seconds
        """Life of a token that was asked for without `expires_in`; administrators change it (trust 5)."""
        self.stored: Table[str, Token] = Table()
        self.revoked: Table[str, Token] = Table()
        self.refresh: Table[str, str] = Table()
        self.references: Table[str, Token] = Table()

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
        force_revocable: bool = False,
        extension: Mapping[str, object] | None = None,
    ) -> tuple[Token, str]:
        """Sign a token and keep a record of it if it lives long enough, or if it must be revocable."""
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
        if force_revocable or not self._leaves_no_record(token):
            self.stored.put(token.token_id, token)
        return token, self._sign(token, extension)

    def verify(self, encoded: str) -> Token:
        """The token if it is ours, in time and not revoked; BadToken otherwise."""
        token = self.references.get(encoded) or self._verified.get(encoded) or self._check_signature(encoded)
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

    def new_reference(self, token: Token) -> str:
        """A short opaque text that stands for a token on this JPD only."""
        text = f"{_REFERENCE_PREFIX}{token.expires_at or 0:010d}:{secrets.token_hex(16)}"
        reference = base64.urlsafe_b64encode(text.encode()).decode()
        self.references.put(reference, token)
        return reference

    def rotate(self, key: SigningKey) -> None:
        """Sign with another key. What the old one signed dies, unless its certificate is among the trusted ones."""
        self.key = key
        self._verified.clear()

    def clear(self) -> None:
        """Forget every record, and what was changed since the start."""
        self._verified.clear()
        for table in (self.stored, self.revoked):
            table.clear()
        self.refresh.clear()
        self.references.clear()
        self.circle.clear()
        self.key = self._identity.key
        self.default_seconds = self.profile.default_token_seconds

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
        headers = {"ver": "2", "kid": self.key.kid}
        return jwt.encode(claims, self.key.private, algorithm=_ALGORITHM, headers=headers)

    def _leaves_no_record(self, token: Token) -> bool:
        lifetime = None if token.expires_at is None else token.expires_at - token.issued_at
        return lifetime is not None and lifetime < self.profile.persistence_threshold_seconds

    def _check_signature(self, encoded: str) -> Token:
        claims = _claims_if_signed(encoded, self.key.private.public_key())
        if claims is None:
            return self._of_circle(encoded)
        token = _token_of(claims)
        if len(self._verified) >= _CACHED_TOKENS:
            self._verified.clear()
        self._verified[encoded] = token
        return token

    def _of_circle(self, encoded: str) -> Token:
        """A token of another member, with the limits of H:.../security-restrictions (trust 4.1)."""
        for certificate in self.circle.certificates():
            public = certificate.public_key()
            claims = _claims_if_signed(encoded, public) if isinstance(public, rsa.RSAPublicKey) else None
            if claims is None:
                continue
            token = replace(_token_of(claims), foreign=True)
            own = token.token_id in self.stored or token.token_id in self.revoked
            if not own and not self._leaves_no_record(token):
                raise BadToken("Invalid token, revocable tokens are valid on their issuer only")
            return token
        raise BadToken("Invalid token, signature")


def _claims_if_signed(encoded: str, public: rsa.RSAPublicKey) -> dict[str, Any] | None:
    """The claims, or None when another key signed them; BadToken when it is no JWT."""
    try:
        # Time is ours to check, on the virtual clock; the audience is a pattern that JWT libraries do not know.
        claims: dict[str, Any] = jwt.decode(
            encoded,
            public,
            algorithms=[_ALGORITHM],
            options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
        )
    except jwt.InvalidSignatureError:
        return None
    except jwt.PyJWTError as error:
        raise BadToken("Invalid token, malformed") from error
    return claims


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
