package packagefmt

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/onnxtest"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// fakeRunner runs encoders by our own importer, off by a factor.
type fakeRunner struct {
	refuses error
	scale   float32
	fails   int // the run that fails, from 1; 0: none
	odd     func(safetensors.Tensor) safetensors.Tensor
	loaded  []*fakeSession
}

type fakeSession struct {
	*fakeRunner
	net    executable
	runs   int
	closed bool
}

func (r *fakeRunner) Speedup() float64 { return 1 }

func (r *fakeRunner) Load(_ context.Context, file []byte, sample []int) (Session, error) {
	if r.refuses != nil {
		return nil, r.refuses
	}
	m, err := ReadONNX(file, ONNXOptions{})
	if err != nil {
		return nil, err
	}
	net, err := m.executable(sample)
	s := &fakeSession{fakeRunner: r, net: net}
	r.loaded = append(r.loaded, s)
	return s, err
}

func (s *fakeSession) Run(_ context.Context, x safetensors.Tensor) (safetensors.Tensor, error) {
	if s.runs++; s.runs == s.fails {
		return x, errors.New("out of memory")
	}
	y, err := s.net.Forward(x)
	for i := range y.Data {
		y.Data[i] *= s.scale
	}
	if s.odd != nil {
		y = s.odd(y)
	}
	return y, err
}

func (s *fakeSession) String() string { return "fake" }

func (s *fakeSession) Close() error { s.closed = true; return nil }

// runOn gives a package's embeddings by a runner, and what was told of it.
func runOn(t *testing.T, p *Package, ds dataset.Dataset, r Runner) (x safetensors.Tensor, told []Ran) {
	t.Helper()
	m := Embedder{Runner: r, OnRan: func(ran Ran) { told = append(told, ran) }}
	x, _, err := m.Embed(t.Context(), p, ds)
	require.NoError(t, err)
	return x, told
}

// A runner is used where it agrees, and only there; whatever it does otherwise, the own engine's embeddings come out.
func TestRunnersAreUsedWhereTheyAgree(t *testing.T) {
	p, _, test := buildONNX(t, "plain.onnx", SplitOptions{})
	own, told := runOn(t, p, test, nil)
	require.Equal(t, []Ran{{Where: OwnEngine}}, told)

	near := &fakeRunner{scale: 1.00001}
	x, told := runOn(t, p, test, near)
	require.NotEqual(t, own, x, "it was used")
	require.NoError(t, closeTo(own.Data, x.Data, 2e-5))
	require.Len(t, told, 1)
	require.Equal(t, "fake", told[0].Where)
	require.Equal(t, compared, told[0].Compared)
	require.InDelta(t, 1e-5, told[0].Difference, 1e-6)
	require.Contains(t, told[0].String(), "encoder on fake: within 1.0e-05 of decloud's own engine on 8 samples")

	for why, r := range map[string]*fakeRunner{
		"differs by 1.0e-03":  {scale: 1.001},
		"no such device":      {refuses: errors.New("no such device")},
		"out of memory":       {scale: 1, fails: 1},
		"not finite":          {scale: 1, odd: func(y safetensors.Tensor) safetensors.Tensor { y.Data[3] /= zero; return y }},
		"an output of shape":  {scale: 1, odd: func(y safetensors.Tensor) safetensors.Tensor { y.Shape = y.Shape[:1]; return y }},
		"an output of shape ": {scale: 1, odd: func(safetensors.Tensor) safetensors.Tensor { return safetensors.Tensor{} }},
	} {
		x, told := runOn(t, p, test, r)
		require.Equal(t, own, x, why)
		require.Len(t, told, 1, why)
		require.Equal(t, OwnEngine, told[0].Where, why)
		require.ErrorContains(t, told[0].Why, why)
		require.False(t, slices.ContainsFunc(r.loaded, func(s *fakeSession) bool { return !s.closed }), "sessions are closed")
	}

	late := &fakeRunner{scale: 1.00001, fails: 3}
	x, told = runOn(t, p, test, late)
	require.NoError(t, closeTo(own.Data, x.Data, 2e-5))
	require.Equal(t, own.Data[len(own.Data)-100:], x.Data[len(x.Data)-100:], "after the failure")
	require.Len(t, told, 2)
	require.ErrorContains(t, told[1].Why, "fake: out of memory")
	require.True(t, late.loaded[0].closed)
}

var zero float32

// A graph that takes one sample at a time gets one at a time.
func TestRunnersOfSingleSamples(t *testing.T) {
	w := onnxtest.Models(t, "tv_vit.fixed")[0]
	m, err := loadONNX(w.File, onnx.Options{External: onnxtest.Uniform})
	require.NoError(t, err)
	e, err := newEncoder(m.Network, Preprocessing{Shape: w.X.Shape[1:]})
	require.NoError(t, err)
	require.True(t, e.net.(onnxNet).net.Single())
	x := safetensors.Tensor{Shape: slices.Concat([]int{2 * w.X.Shape[0]}, w.X.Shape[1:]), Data: slices.Repeat(w.X.Data, 2)}
	want, err := e.run(x)
	require.NoError(t, err)
	s := &fakeSession{fakeRunner: &fakeRunner{scale: 1, odd: func(y safetensors.Tensor) safetensors.Tensor {
		require.Equal(t, 1, y.Shape[0])
		return y
	}}, net: e.net}
	got, err := e.runIn(t.Context(), s, x)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, x.Shape[0], s.runs)
}

func TestEncodersOfLayersRunHere(t *testing.T) {
	p, test := embedded(t, []float32{1, 2})
	_, told := runOn(t, p, test, &fakeRunner{scale: 1})
	require.ErrorContains(t, told[0].Why, "encoder is of layers")
}

// The own engine alone calls a package invalid, and a runner's word is taken for half of what is allowed.
func TestCheckEmbeddingsByARunner(t *testing.T) {
	p, _, test := buildONNX(t, "plain.onnx", SplitOptions{})
	check := func(r *fakeRunner) (runs int, err error) {
		err = Embedder{Runner: r}.CheckEmbeddings(t.Context(), p, test)
		return r.loaded[0].runs, err
	}
	_, err := check(&fakeRunner{scale: 1})
	require.NoError(t, err)
	calls := 0
	_, err = check(&fakeRunner{scale: 1, odd: func(y safetensors.Tensor) safetensors.Tensor {
		if calls++; calls > 1 { // it agrees where it is compared, and errs behind
			y.Data[0] += 1
		}
		return y
	}})
	require.NoError(t, err, "our engine has the last word")
	require.Greater(t, calls, 1)

	p.Embeddings.Data[100] += 1
	_, err = check(&fakeRunner{scale: 1})
	require.ErrorIs(t, err, ErrInvalid)
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	require.ErrorIs(t, Embedder{Runner: &fakeRunner{scale: 1}}.CheckEmbeddings(ctx, p, test), stopped)
}

// Whoever waits is told of every batch, and of the check that is made a second time from its start.
func TestEmbedderTellsHowFarItIs(t *testing.T) {
	p, _, test := buildONNX(t, "plain.onnx", SplitOptions{})
	var told [][2]int
	m := Embedder{OnProgress: func(done, total int) { told = append(told, [2]int{done, total}) }}
	_, labels, err := m.Embed(t.Context(), p, test)
	require.NoError(t, err)
	all := [2]int{len(labels), len(labels)}
	require.Equal(t, all, told[len(told)-1])
	require.Less(t, 0, told[0][0])

	told = nil
	require.NoError(t, m.CheckEmbeddings(t.Context(), p, test))
	once := len(told)
	require.Equal(t, p.Embeddings.Shape[0], told[once-1][0])
	told, p.Embeddings.Data[100] = nil, p.Embeddings.Data[100]+1
	m.Runner = &fakeRunner{scale: 1}
	require.ErrorIs(t, m.CheckEmbeddings(t.Context(), p, test), ErrInvalid)
	require.Len(t, told, 2*once)
}
