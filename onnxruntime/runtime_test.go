package onnxruntime

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/onnxtest"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// opened is the library that .ci/install puts into the cache, or that the environment names.
func opened(t testing.TB) *Runtime {
	t.Helper()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	cfg := Config{Path: filepath.Join(cache, "decloud-ci", "onnxruntime")}
	for _, name := range Variables {
		if os.Getenv(name) != "" {
			cfg.Path = ""
		}
	}
	r, err := Open(cfg)
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("no ONNX Runtime: .ci/install gets one, or set %s: %v", Variables[0], err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// limits are those of packagefmt for encoders, about.
var limits = onnx.Limits{Bytes: 1 << 30, Work: 1e12}

// net is a whole model of the differential tests, as packagefmt prepares it.
func net(t testing.TB, w onnxtest.Whole) *onnx.Net {
	t.Helper()
	p, err := onnx.Load(w.File, onnx.Options{External: onnxtest.Uniform})
	require.NoError(t, err)
	n, err := p.Specialize(w.X.Shape[1:], limits)
	require.NoError(t, err)
	return n
}

// What our importer has read and written runs in the library with the same results: each of the whole models.
func TestWholeModelsAgree(t *testing.T) {
	r := opened(t)
	models := onnxtest.Models(t)
	require.Greater(t, len(models), 20)
	for _, w := range models {
		t.Run(w.Name, func(t *testing.T) {
			n := net(t, w)
			want, err := n.Forward(w.X)
			require.NoError(t, err)
			s, err := r.Load(t.Context(), n.Encode(), n.Sample())
			require.NoError(t, err)
			defer s.Close()
			x := w.X
			if n.Single() {
				x = safetensors.Tensor{Shape: append([]int{1}, x.Shape[1:]...), Data: x.Data[:len(x.Data)/x.Shape[0]]}
				want = safetensors.Tensor{Shape: append([]int{1}, want.Shape[1:]...), Data: want.Data[:len(want.Data)/want.Shape[0]]}
			}
			got, err := s.Run(t.Context(), x)
			require.NoError(t, err)
			onnxtest.RequireClose(t, want, got)
		})
	}
}

// small is a model and samples for it.
func small(t testing.TB) ([]byte, *onnx.Net, safetensors.Tensor) {
	t.Helper()
	models := onnxtest.Models(t, "timm_resnet10t")
	require.NotEmpty(t, models)
	n := net(t, models[0])
	return n.Encode(), n, models[0].X
}

func TestSessionsInParallel(t *testing.T) {
	r := opened(t)
	file, n, x := small(t)
	want, err := n.Forward(x)
	require.NoError(t, err)
	shared, err := r.Load(t.Context(), file, n.Sample())
	require.NoError(t, err)
	defer shared.Close()
	var group sync.WaitGroup
	for i := range 6 {
		group.Go(func() {
			s := shared
			if i%2 == 0 {
				own, err := r.Load(t.Context(), file, n.Sample())
				if err != nil {
					t.Error(err)
					return
				}
				defer own.Close()
				s = own
			}
			for range 3 {
				got, err := s.Run(t.Context(), x)
				if err != nil || math.Abs(float64(got.Data[0]-want.Data[0])) > 1e-3*math.Abs(float64(want.Data[0])) {
					t.Error(err, got.Data[0], want.Data[0])
				}
				runtime.GC() // what C was given must stay where it is
			}
		})
	}
	group.Wait()
}

func TestContextEndsARun(t *testing.T) {
	r := opened(t)
	file, n, x := small(t)
	s, err := r.Load(t.Context(), file, n.Sample())
	require.NoError(t, err)
	defer s.Close()
	many := safetensors.Tensor{Shape: append([]int{64 * x.Shape[0]}, x.Shape[1:]...)}
	for range 64 {
		many.Data = append(many.Data, x.Data...)
	}
	gone := errors.New("the round is over")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	_, err = s.Run(ctx, x)
	require.ErrorIs(t, err, gone)
	_, err = r.Load(ctx, file, n.Sample())
	require.ErrorIs(t, err, gone)

	ctx, cancel = context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() { _, err := s.Run(ctx, many); done <- err }()
	cancel(gone) // before, in or after the run: no other error comes of it
	if err := <-done; err != nil {
		require.ErrorIs(t, err, gone)
	}
	_, err = s.Run(t.Context(), x)
	require.NoError(t, err, "the next run is another one")
}

func TestClosed(t *testing.T) {
	r := opened(t)
	file, n, x := small(t)
	s, err := r.Load(t.Context(), file, n.Sample())
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
	_, err = r.Load(t.Context(), file, n.Sample())
	require.ErrorIs(t, err, ErrClosed)
	_, err = s.Run(t.Context(), x)
	require.NoError(t, err, "a session outlives Close")
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, err = s.Run(t.Context(), x)
	require.ErrorIs(t, err, ErrClosed)
	require.Zero(t, r.env)
}

func TestRefusedFilesAndSamples(t *testing.T) {
	r := opened(t)
	for _, file := range [][]byte{nil, []byte("no model"), {0x0a, 0xff}, identity[:20]} {
		_, err := r.Load(t.Context(), file, nil)
		require.Error(t, err)
	}
	s, err := r.Load(t.Context(), identity, nil)
	require.NoError(t, err)
	defer s.Close()
	y, err := s.Run(t.Context(), safetensors.Tensor{Shape: []int{1, 3}, Data: []float32{1, 2, 3}})
	require.NoError(t, err)
	require.Equal(t, safetensors.Tensor{Shape: []int{1, 3}, Data: []float32{1, 2, 3}}, y)
	for _, x := range []safetensors.Tensor{{}, {Shape: []int{0, 3}}, {Shape: []int{2}, Data: []float32{1}}} {
		_, err := s.Run(t.Context(), x)
		require.Error(t, err, "%v", x)
	}
}

func TestVersions(t *testing.T) {
	for _, ok := range []string{"1.18.0", "1.23.2", "1.30.0-dev"} {
		require.NoError(t, supported(ok))
	}
	for _, bad := range []string{"", "1", "1.17.3", "2.0.0", "1.x", "0.99.0", "one.20"} {
		require.ErrorIs(t, supported(bad), ErrVersion, bad)
	}
	r := opened(t)
	require.NoError(t, supported(r.Version()))
	require.True(t, strings.HasPrefix(r.String(), "ONNX Runtime "+r.Version()+" on "))
	require.GreaterOrEqual(t, r.Speedup(), 1.0)
}

// A file that is no such library is refused with its name.
func TestOpenRefusesOtherFiles(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "libonnxruntime.so")
	require.NoError(t, os.WriteFile(text, []byte("no library"), 0o600))
	_, err := Open(Config{Path: text})
	require.ErrorContains(t, err, text)
	_, err = Open(Config{Path: filepath.Join(dir, "absent.so")})
	require.ErrorContains(t, err, "absent.so")
	_, err = Open(Config{Path: t.TempDir()})
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorContains(t, err, "pip install onnxruntime")
}
