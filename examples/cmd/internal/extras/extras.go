// Package extras gives the apps what needs modules of their own.
package extras

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/parquet"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/metrics"
	"github.com/decloud-sdk/decloud-go/onnxruntime"
)

// Main runs an app that has all extras, and exits with its status.
func Main(a *app.App) {
	a.Extras = app.Extras{Meter: newMeter, Unpack: unpack, Runner: newRunner}
	app.Main(a)
}

// newRunner loads ONNX Runtime; nil if it is looked for and not there.
func newRunner(path string, gpu bool) (app.EncoderRunner, error) {
	r, err := onnxruntime.Open(onnxruntime.Config{Path: path, NoGPU: !gpu})
	if path == "" && errors.Is(err, onnxruntime.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func unpack(path string, part dataset.Part, dir string, opts dataset.Options) (app.Unpacked, error) {
	u, err := parquet.Unpack(path, part, dir, opts)
	return app.Unpacked(u), err
}

// meter serves metrics on an address.
type meter struct {
	*metrics.Metrics
	handler http.Handler
}

func newMeter() app.Meter {
	m, registry := metrics.New(), prometheus.NewRegistry()
	registry.MustRegister(m, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return meter{m, promhttp.HandlerFor(registry, promhttp.HandlerOpts{})}
}

// Serve implements app.Meter.
func (m meter) Serve(ctx context.Context, address string) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.handler)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
