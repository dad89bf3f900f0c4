package onnx

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// TestNodeCases runs those of ONNX's own test cases that are in this repository.
func TestNodeCases(t *testing.T) {
	z, err := zip.OpenReader("testdata/node.zip")
	require.NoError(t, err)
	defer z.Close()
	for name, err := range runCases(t, z) {
		require.NoError(t, err, name)
	}
}

// TestAllNodeCases runs all 1,450, which .ci/install downloads. testdata/refused.txt
// says which cannot pass, and why.
func TestAllNodeCases(t *testing.T) {
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	dir := filepath.Join(cache, "decloud-ci", "onnx", "node")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("ONNX's test cases are not there: .ci/install downloads them")
	}
	refused, differ := refusedCases(t)
	results := runCases(t, os.DirFS(dir))
	for _, name := range slices.Sorted(maps.Keys(results)) {
		if err := results[name]; refused[name] != "" {
			require.Error(t, err, "%s passes: take it out of testdata/refused.txt", name)
		} else {
			require.NoError(t, err, name)
		}
	}
	supported := len(results) - len(refused) + differ
	passed := len(results) - len(refused)
	t.Logf("%d cases: %d pass, %d are refused, %d differ: %.1f %% of the supported pass", len(results), passed, len(refused)-differ, differ, 100*float64(passed)/float64(supported))
	require.Greater(t, float64(passed), 0.95*float64(supported))
}

// refusedCases reads the table: case → reason, and the number of cases that differ
// although their operators are supported.
func refusedCases(t *testing.T) (reasons map[string]string, differ int) {
	b, err := os.ReadFile("testdata/refused.txt")
	require.NoError(t, err)
	reasons = map[string]string{}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		reason, cases, ok := strings.Cut(strings.TrimSpace(line), ": ")
		require.True(t, ok, line)
		for _, name := range strings.Fields(cases) {
			reasons[name] = reason
			if strings.HasPrefix(reason, "differs") {
				differ++
			}
		}
	}
	return reasons, differ
}

// runCases runs every case of a directory.
func runCases(t *testing.T, fsys fs.FS) map[string]error {
	entries, err := fs.ReadDir(fsys, ".")
	require.NoError(t, err)
	results := map[string]error{}
	for _, e := range entries {
		results[e.Name()] = runCase(fsys, e.Name())
	}
	return results
}

func runCase(fsys fs.FS, name string) error {
	c, err := readCase(fsys, name)
	if err != nil {
		return err
	}
	for k := range c.outputs {
		y, err := c.compute(k)
		if err != nil {
			return err
		}
		if err := compare(y, c.outputs[k]); err != nil {
			return err
		}
	}
	return nil
}

// nodeCase is one of ONNX's cases: a model, inputs and the outputs that it must give.
type nodeCase struct {
	model           *wire.Model
	inputs, outputs []*wire.Tensor
}

func readCase(fsys fs.FS, dir string) (nodeCase, error) {
	var c nodeCase
	b, err := fs.ReadFile(fsys, dir+"/model.onnx")
	if err != nil {
		return c, err
	}
	if c.model, err = wire.Decode(b); err != nil {
		return c, err
	}
	read := func(kind string, infos []*wire.ValueInfo) (list []*wire.Tensor) {
		for i := range infos {
			tensor := &wire.Tensor{}
			if b, err := fs.ReadFile(fsys, fmt.Sprintf("%s/test_data_set_0/%s_%d.pb", dir, kind, i)); err == nil {
				if tensor, err = wire.DecodeTensor(b); err != nil { // a sequence or an optional
					tensor = &wire.Tensor{}
				}
			}
			if infos[i].Type == wire.BFloat16 { // the data call it uint16
				tensor.Type = wire.BFloat16
			}
			list = append(list, tensor)
		}
		return list
	}
	c.inputs, c.outputs = read("input", c.model.Graph.Inputs), read("output", c.model.Graph.Outputs)
	return c, nil
}

// program loads the case for one output. Its inputs but input `free` are constants; −1
// makes all of them constants.
func (c nodeCase) program(output string, free int) (*Program, error) {
	m, g := *c.model, *c.model.Graph
	m.Graph = &g
	g.Inputs, g.Initializers = nil, slices.Clone(g.Initializers)
	for i, in := range c.model.Graph.Inputs {
		if i == free {
			g.Inputs = []*wire.ValueInfo{{Name: in.Name, Type: in.Type}}
			continue
		}
		tensor := *c.inputs[i]
		tensor.Name = in.Name
		g.Initializers = append(g.Initializers, &tensor)
	}
	if free < 0 || len(g.Inputs) == 0 {
		g.Inputs = []*wire.ValueInfo{{Name: "nothing", Type: wire.Float}}
	}
	return newLoader(&m, Options{Output: output}).load()
}

// compute runs the case for output k: with the first input free, after a trial run that
// must tell the output's shape, or, where the shape depends on that input, folded.
func (c nodeCase) compute(k int) (*ops.Value, error) {
	name := c.model.Graph.Outputs[k].Name
	y, err := c.computeFree(name)
	if err == nil {
		return y, nil
	}
	if p, err := c.program(name, -1); err == nil && p.consts[p.output] != nil {
		return p.consts[p.output], nil
	}
	return nil, err
}

func (c nodeCase) computeFree(name string) (*ops.Value, error) {
	p, err := c.program(name, 0)
	if err != nil {
		return nil, err
	}
	if p.consts[p.output] != nil {
		return p.consts[p.output], nil
	}
	x, err := ops.FromTensor(c.inputs[0])
	if err != nil {
		return nil, err
	}
	trial, err := p.run(ops.Unknown(x.Type, x.Shape...), testMeter(), nil)
	if err != nil {
		return nil, err
	}
	y, err := p.run(x, testMeter(), nil)
	if err == nil && (!slices.Equal(trial.Shape, y.Shape) || trial.Type != y.Type) {
		err = fmt.Errorf("a trial run tells %v of %v", trial, y)
	}
	return y, err
}

func testMeter() *ops.Meter { return &ops.Meter{MaxBytes: 1 << 28, MaxWork: 1 << 32} }

// compare compares with ONNX's own tolerance.
func compare(got *ops.Value, tensor *wire.Tensor) error {
	want, err := ops.FromTensor(tensor)
	if err != nil {
		return err
	}
	if !slices.Equal(got.Shape, want.Shape) || got.Type != want.Type || !slices.Equal(got.I, want.I) {
		return fmt.Errorf("got %v, want %v; %.10v %.10v", got, want, got.I, want.I)
	}
	for i, w := range want.F {
		g := got.F[i]
		if g == w || g != g && w != w {
			continue
		}
		if d := math.Abs(float64(g) - float64(w)); !(d <= 1e-7+1e-3*math.Abs(float64(w))) {
			return fmt.Errorf("element %d: got %v, want %v", i, g, w)
		}
	}
	return nil
}
