package component

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// ProvisionerName is what the storage class names.
const ProvisionerName = "cluster.spotguide.dev/folder"

// runProvisioner makes a folder for each claim: "provisioner -kubeconfig F -folder D".
func runProvisioner(ctx context.Context) int {
	flags := flag.NewFlagSet("provisioner", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "of a client that may manage volumes")
	folder := flags.String("folder", "", "where the volumes' folders are")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return 1
	}
	if err := provision(ctx, *kubeconfig, folders(*folder)); err != nil {
		fmt.Fprintln(os.Stderr, "provisioner:", err)
		return 1
	}
	return 0
}

func provision(ctx context.Context, kubeconfig string, f folders) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	controller.NewProvisionController(ctx, client, ProvisionerName, f,
		controller.LeaderElection(false)).Run(ctx)
	return nil
}

// folders is where the volumes are. All nodes are on one machine, so that every
// one of them reaches every volume, as if it were on a network.
type folders string

// Provision makes the folder. Containers of any user may write to it.
func (f folders) Provision(_ context.Context, o controller.ProvisionOptions) (*corev1.PersistentVolume, controller.ProvisioningState, error) {
	path := filepath.Join(string(f), o.PVName)
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, controller.ProvisioningFinished, fmt.Errorf("volume: %w", err)
	}
	// MkdirAll obeys the umask
	if err := os.Chmod(path, 0o777); err != nil {
		return nil, controller.ProvisioningFinished, fmt.Errorf("volume: %w", err)
	}
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: o.PVName},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *o.StorageClass.ReclaimPolicy,
			AccessModes:                   o.PVC.Spec.AccessModes,
			VolumeMode:                    o.PVC.Spec.VolumeMode,
			Capacity:                      o.PVC.Spec.Resources.Requests,
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				Local: &corev1.LocalVolumeSource{Path: path},
			},
			NodeAffinity: everywhere(),
		},
	}, controller.ProvisioningFinished, nil
}

// Delete removes the folder and all in it.
func (f folders) Delete(_ context.Context, volume *corev1.PersistentVolume) error {
	path := filepath.Join(string(f), filepath.Base(volume.Name))
	if err := os.RemoveAll(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("volume: %w", err)
	}
	return nil
}

// everywhere is the affinity that a local volume must have and this one has not.
func everywhere() *corev1.VolumeNodeAffinity {
	return &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
		NodeSelectorTerms: []corev1.NodeSelectorTerm{{
			MatchExpressions: []corev1.NodeSelectorRequirement{{
				Key: corev1.LabelOSStable, Operator: corev1.NodeSelectorOpIn, Values: []string{"linux"},
			}},
		}},
	}}
}
