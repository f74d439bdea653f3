"""The proxy of a chart-managed JPD, as values for its Helm release."""

import pulumi

import pulumi_jpd as jpd

config = pulumi.Config()

# Without nodes nothing is written: the chart owns the Secret with system.yaml, and its checksum restarts the pods.
proxy = jpd.RouterProxy(
    "platform",
    http_url=config.require("proxy"),
    https_url=config.require("proxy"),
    ignored_hosts=[config.require("podNetwork"), ".svc.cluster.local", ".example.com"],
)

# values=proxy.helm_values["jfrog-platform"] of a pulumi_kubernetes.helm.v3.Release, merged over the values it has.
pulumi.export("values", proxy.helm_values["jfrog-platform"])
pulumi.export("warnings", proxy.warnings)
