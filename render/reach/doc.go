// Package reach decides how an application's public ports are reached from
// outside, by protocol and by what the cluster offers. It is pure: a value in,
// objects out.
//
// Ports that speak HTTP or gRPC are routed by name and path. In this order:
//
//  1. what the environment says: ingress, gateway, loadbalancer or none;
//  2. an Ingress, where there is an ingress class, of the class that the
//     environment names, else the default, else the only one;
//  3. a route of the Gateway API, where its kinds are and a Gateway takes routes
//     from the application's namespace;
//  4. an Ingress of the class that the agent brings up.
//
// Ports that speak TCP or UDP have no name to be routed by, and a port of their
// own: by a route of the Gateway API where a Gateway listens on that port, by
// Traefik where the agent has brought it up, else by a load balancer of the
// cloud's, a Service.
package reach
