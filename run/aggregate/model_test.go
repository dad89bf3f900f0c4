package aggregate

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

var optimizers = []Optimizer{{}, {Server: Momentum}, {Server: FedAdam}}

// stepped is the model after two steps.
func stepped(t testing.TB, o Optimizer) Model {
	t.Helper()
	p := pkg()
	m := Model{Head: p.Head}
	for i := range 2 {
		step, err := Combine(changes(p.Head, 3+i), Options{})
		require.NoError(t, err)
		m = o.Apply(m, step)
	}
	return m
}

func files(t testing.TB, m Model) memfs.FS {
	t.Helper()
	fsys, err := m.FS(pkg())
	require.NoError(t, err)
	out, err := memfs.Read(fsys, ModelLimit(pkg()))
	require.NoError(t, err)
	return out
}

// Whoever fetches the model goes on exactly like those who were there.
func TestALateJoinerHasAllThereIs(t *testing.T) {
	for _, o := range optimizers {
		m := stepped(t, o)
		late, err := ReadModel(files(t, m), pkg(), o)
		require.NoError(t, err)
		step, err := Combine(changes(m.Head, 2), Options{})
		require.NoError(t, err)
		require.Equal(t, files(t, o.Apply(m, step)), files(t, o.Apply(late, step)))
	}
}

func TestReadModelRefuses(t *testing.T) {
	state := func(f func(map[string]safetensors.Raw)) func(memfs.FS) {
		return func(m memfs.FS) {
			raw, err := safetensors.ReadRaw(bytes.NewReader(m[StateFile]), int64(len(m[StateFile])))
			require.NoError(t, err)
			f(raw)
			var b bytes.Buffer
			require.NoError(t, safetensors.WriteRaw(&b, raw))
			m[StateFile] = b.Bytes()
		}
	}
	for name, row := range map[string]struct {
		o     Optimizer
		spoil func(memfs.FS)
	}{
		"the state of another": {Optimizer{Server: Momentum}, func(memfs.FS) {}},
		"a state of none":      {Optimizer{}, func(memfs.FS) {}},
		"HTML":                 {Optimizer{Server: FedAdam}, func(m memfs.FS) { m[StateFile] = []byte("<html>") }},
		"another file":         {Optimizer{Server: FedAdam}, func(m memfs.FS) { m["x"] = nil }},
		"too large":            {Optimizer{Server: FedAdam}, func(m memfs.FS) { m[StateFile] = make([]byte, ModelLimit(pkg())) }},
		"a part left out":      {Optimizer{Server: FedAdam}, state(func(m map[string]safetensors.Raw) { delete(m, "first/layers.0.bias") })},
		"a part too many":      {Optimizer{Server: FedAdam}, state(func(m map[string]safetensors.Raw) { m["third/layers.0.bias"] = m["first/layers.0.bias"] })},
		"another shape":        {Optimizer{Server: FedAdam}, state(func(m map[string]safetensors.Raw) { m["first/layers.0.bias"] = m["first/layers.2.bias"] })},
		"NaN": {Optimizer{Server: FedAdam}, state(func(m map[string]safetensors.Raw) {
			copy(m["first/layers.0.bias"].Data, doubles([]float64{math.NaN()}))
		})},
		"larger than any": {Optimizer{Server: FedAdam}, state(func(m map[string]safetensors.Raw) { copy(m["first/layers.0.bias"].Data, doubles([]float64{1e101})) })},
		"negative square": {Optimizer{Server: FedAdam}, state(func(m map[string]safetensors.Raw) { copy(m["second/layers.0.bias"].Data, doubles([]float64{-1})) })},
		"no head":         {Optimizer{Server: FedAdam}, func(m memfs.FS) { delete(m, packagefmt.HeadFile) }},
	} {
		t.Run(name, func(t *testing.T) {
			m := files(t, stepped(t, Optimizer{Server: FedAdam}))
			row.spoil(m)
			_, err := ReadModel(m, pkg(), row.o)
			require.ErrorIs(t, err, packagefmt.ErrInvalid)
		})
	}
}

func TestAModelWithoutStateHasZeros(t *testing.T) {
	p := pkg()
	fsys, err := packagefmt.GradientFS(p.Head, p)
	require.NoError(t, err)
	for _, o := range optimizers {
		m, err := ReadModel(fsys, p, o)
		require.NoError(t, err)
		require.Empty(t, m.State)
	}
	_, err = ReadModel(brokenFS{}, p, Optimizer{})
	require.ErrorIs(t, err, errDisk)
	require.NotErrorIs(t, err, packagefmt.ErrInvalid)
}

var errDisk = errors.New("disk")

type brokenFS struct{}

func (brokenFS) Open(string) (fs.File, error) { return nil, errDisk }
