package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// metadataVersion is the feature that says in which release's format a cluster keeps
// what it knows of itself.
const metadataVersion = "metadata.version"

// Release is the level of metadata.version that a cluster uses, and the highest that
// all of its brokers could.
type Release struct{ Used, Possible int16 }

// Release asks these brokers, none of which may be gone.
func (c *Client) Release(ctx context.Context, brokers []Broker) (Release, error) {
	var r Release
	for i, b := range brokers {
		if b.Fenced {
			return Release{}, fmt.Errorf("what broker %d supports: it is gone", b.ID)
		}
		answer, err := ask(ctx, c, func(ctx context.Context) (*kmsg.ApiVersionsResponse, error) {
			request := kmsg.NewPtrApiVersionsRequest()
			request.ClientSoftwareName, request.ClientSoftwareVersion = "spotguide", "1"
			return request.RequestWith(ctx, c.kgo.Broker(int(b.ID)))
		})
		if err == nil {
			err = kerr.ErrorForCode(answer.ErrorCode)
		}
		if err != nil {
			return Release{}, fmt.Errorf("what broker %d supports: %w", b.ID, err)
		}
		supported := int16(0)
		for _, f := range answer.SupportedFeatures {
			if f.Name == metadataVersion {
				supported = f.MaxVersion
			}
		}
		for _, f := range answer.FinalizedFeatures {
			if f.Name == metadataVersion {
				r.Used = max(r.Used, f.MaxVersionLevel)
			}
		}
		if i == 0 || supported < r.Possible {
			r.Possible = supported
		}
	}
	if r.Used == 0 || r.Possible == 0 {
		return Release{}, errors.New("brokers do not tell their " + metadataVersion)
	}
	return r, nil
}

// Finalize raises metadata.version, from which there is no way back, or only tries
// whether all brokers and controllers support it.
func (c *Client) Finalize(ctx context.Context, level int16, try bool) error {
	request := kmsg.NewPtrUpdateFeaturesRequest()
	request.TimeoutMillis, request.ValidateOnly = int32(c.config.Timeout.Milliseconds()), try
	update := kmsg.NewUpdateFeaturesRequestFeatureUpdate()
	update.Feature, update.MaxVersionLevel, update.UpgradeType = metadataVersion, level, 1
	request.FeatureUpdates = append(request.FeatureUpdates, update)
	answer, err := ask(ctx, c, func(ctx context.Context) (*kmsg.UpdateFeaturesResponse, error) {
		return request.RequestWith(ctx, forwarded{c.kgo})
	})
	if err == nil {
		err = told(answer.ErrorCode, answer.ErrorMessage)
	}
	for i := 0; err == nil && i < len(answer.Results); i++ {
		err = told(answer.Results[i].ErrorCode, answer.Results[i].ErrorMessage)
	}
	if err != nil {
		return fmt.Errorf("%s %d: %w", metadataVersion, level, err)
	}
	return nil
}

// told is an error with what the broker says of it.
func told(code int16, message *string) error {
	err := kerr.ErrorForCode(code)
	if err != nil && message != nil {
		err = fmt.Errorf("%s: %w", *message, err)
	}
	return err
}
