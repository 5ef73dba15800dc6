// Package platform knows what a cluster offers to applications: ingress classes,
// gateways, issuers of certificates, the cloud it is in. Where no ingress
// controller is, it brings one up as soon as an application needs it, once a
// cluster, and remembers for whom.
//
// What was brought up stays when nobody needs it any more: that is told, and a
// person takes it away with `spotguide platform remove`.
package platform
