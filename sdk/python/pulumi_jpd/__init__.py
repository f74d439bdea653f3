"""Trust, federation and router settings of JFrog Platform Deployments (JPDs) as Pulumi resources.

Deployments are named in the stack's configuration, `jpd:deployments`; resources refer to them by name and carry no
credentials. Start with BindingToken between two deployments, a FederatedRepository on one, and a FederationMember for
each further site.
"""

from ._binding_token import BindingToken
from ._federated_repository import FederatedRepository
from ._federation_member import FederationMember

__all__ = ["BindingToken", "FederatedRepository", "FederationMember"]
