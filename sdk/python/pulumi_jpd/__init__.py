"""Trust, federation and router settings of JFrog Platform Deployments (JPDs) as Pulumi resources.

Deployments are named in the stack's configuration, `jpd:deployments`; resources refer to them by name and carry no
credentials. Start with Federation, which declares sites, the trust between them and the repositories that they share;
or with its parts: BindingToken between two deployments, FederatedRepository on one of them, FederationMember for each
further site that decides for itself.
"""

from ._binding_token import BindingToken
from ._circle_of_trust import CircleOfTrust
from ._deployment_registration import DeploymentRegistration
from ._federated_repository import FederatedRepository
from ._federation import Federation
from ._federation_member import FederationMember
from ._functions import DeploymentFacts, FederationStatus, MemberStatus, get_deployment, get_federation_status
from ._join_trust import JoinTrust
from ._member_args import FederatedRepositoryMemberArgs
from ._repository_args import FederationRepositoryArgs, repositories_for
from ._router_proxy import RouterProxy

__all__ = [
    "BindingToken",
    "CircleOfTrust",
    "DeploymentFacts",
    "DeploymentRegistration",
    "FederatedRepository",
    "FederatedRepositoryMemberArgs",
    "Federation",
    "FederationMember",
    "FederationRepositoryArgs",
    "FederationStatus",
    "JoinTrust",
    "MemberStatus",
    "RouterProxy",
    "get_deployment",
    "get_federation_status",
    "repositories_for",
]
