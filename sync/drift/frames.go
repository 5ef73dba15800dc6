package drift

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// frames decodes a watch's events.
type frames struct {
	body    io.ReadCloser
	decoder *json.Decoder
	cancel  context.CancelFunc
}

// Decode reads {"type": ..., "object": ...}. The type, which the API server
// writes first, decides what the object is decoded to.
func (f *frames) Decode() (watch.EventType, runtime.Object, error) {
	if _, err := f.decoder.Token(); err != nil {
		return "", nil, err
	}
	var kind watch.EventType
	var object runtime.Object
	for f.decoder.More() {
		key, err := f.decoder.Token()
		if err != nil {
			return "", nil, err
		}
		switch key {
		case "type":
			err = f.decoder.Decode(&kind)
		case "object":
			object, err = f.object(kind)
		default:
			err = f.decoder.Decode(new(json.RawMessage))
		}
		if err != nil {
			return "", nil, err
		}
	}
	_, err := f.decoder.Token()
	if err == nil && object == nil {
		err = errors.New("a watch event without an object")
	}
	return kind, object, err
}

func (f *frames) object(kind watch.EventType) (runtime.Object, error) {
	switch kind {
	case "":
		return nil, errors.New("a watch event without a type")
	case watch.Error:
		failure := new(metav1.Status)
		return failure, f.decoder.Decode(failure)
	}
	var object whole
	if err := f.decoder.Decode(&object); err != nil {
		return nil, err
	}
	if kind == watch.Bookmark {
		return &sighting{ObjectMeta: object.Metadata}, nil
	}
	return object.sighting(), nil
}

// Close ends the request, which ends a Decode that waits for the next event.
func (f *frames) Close() {
	f.cancel()
	f.body.Close()
}
