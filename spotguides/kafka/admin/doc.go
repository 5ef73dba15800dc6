// Package admin speaks Kafka's admin protocol: it observes a cluster and
// carries plans out.
//
//	client, err := admin.Open(admin.Config{Seeds: []string{"kafka:9092"}})
//	seen, err := client.Observe(ctx)
//	p, err := plan.Make(seen.Model(admin.Knowledge{...}), plan.Request{Operation: plan.Rebalance})
//	state, err := admin.Runner{Cluster: client, Limits: limits, Keep: keep}.Run(ctx, admin.NewState(p, pace))
//
// A broker that does not answer spoils only what it alone could tell: that is in
// Observation.Problems, with the broker's name.
//
// A Runner steps until all is done, at a pace that follows how quickly brokers
// answer. Step does what can be done now and does not wait. It goes by what the cluster
// says and not by what it did before, so a State that was kept, even an old
// one, is taken up where the cluster stands: nothing is done twice. Throttles that others have set are kept. Cancel ends
// a plan where it is; the way back is plan.Follow with the plan's Rollback.
package admin
