package component

import (
	"context"
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

// runEtcd does not return: etcd ends its process itself.
func runEtcd(ctx context.Context) int {
	etcdmain.Main(os.Args)
	return 0
}
