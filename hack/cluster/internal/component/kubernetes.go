package component

import (
	"context"
	"os"
	_ "time/tzdata" // CronJobs name time zones that the host may not have

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	kubeproxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

func runAPIServer(ctx context.Context) int { return runKube(apiserver.NewAPIServerCommand()) }

func runControllerManager(ctx context.Context) int {
	return runKube(controllermanager.NewControllerManagerCommand())
}

func runScheduler(ctx context.Context) int { return runKube(scheduler.NewSchedulerCommand()) }

func runKubelet(ctx context.Context) int { return runKube(kubelet.NewKubeletCommand(ctx)) }

func runKubeProxy(ctx context.Context) int { return runKube(kubeproxy.NewProxyCommand()) }

func runKube(cmd *cobra.Command) int { return cli.Run(cmd) }

// runKubectl is kubectl's own main: it reads os.Args itself, for plug-ins and
// for the verbosity that must be set before its commands are built.
func runKubectl(ctx context.Context) int {
	// a verbosity that does not parse is reported by the command itself
	_, _ = logs.GlogSetter(kubectl.GetLogVerbosity(os.Args))
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err)
	}
	return 0
}
