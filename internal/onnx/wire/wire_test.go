package wire_test

import (
	"archive/zip"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// models are the ONNX files of the committed node cases.
func models(t testing.TB) (list [][]byte) {
	z, err := zip.OpenReader("../testdata/node.zip")
	require.NoError(t, err)
	defer z.Close()
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "model.onnx") {
			r, err := f.Open()
			require.NoError(t, err)
			b, err := io.ReadAll(r)
			require.NoError(t, err)
			list = append(list, b)
		}
	}
	require.NotEmpty(t, list)
	return list
}

func TestDecodeReadsEveryPart(t *testing.T) {
	m := &wire.Model{
		IRVersion: 8, Producer: "test", Opsets: map[string]int64{"": 17, "ai.onnx.ml": 3},
		Graph: &wire.Graph{
			Name: "g",
			Nodes: []*wire.Node{{Name: "n", OpType: "Scaler", Domain: "ai.onnx.ml", Inputs: []string{"x", ""}, Outputs: []string{"y"}, Attributes: []*wire.Attribute{
				{Name: "f", Type: wire.AttrFloat, F: 1.5}, {Name: "i", Type: wire.AttrInt, I: -3}, {Name: "s", Type: wire.AttrString, S: "text"},
				{Name: "t", Type: wire.AttrTensor, T: &wire.Tensor{Name: "c", Type: wire.Int64, Dims: []int64{1}, Raw: make([]byte, 8), Room: 9}},
				{Name: "fs", Type: wire.AttrFloats, Floats: []float32{1, 2}}, {Name: "is", Type: wire.AttrInts, Ints: []int64{1, -2}},
				{Name: "ss", Type: wire.AttrStrings, Strings: []string{"a", "b"}},
			}}},
			Initializers: []*wire.Tensor{{Name: "w", Type: wire.Float, Dims: []int64{2}, Raw: []byte{0, 0, 128, 63, 0, 0, 0, 64}, Room: 9}},
			Inputs:       []*wire.ValueInfo{{Name: "x", Type: wire.Float, HasShape: true, Dims: []int64{-1, 2}}},
			Outputs:      []*wire.ValueInfo{{Name: "y", Type: wire.Float, HasShape: true, Dims: []int64{-1, 2}}},
		},
	}
	got, err := wire.Decode(wire.Encode(m))
	require.NoError(t, err)
	require.Equal(t, m, got)
}

// within is a message as a field of another.
func within(field protowire.Number, message string) string {
	return string(protowire.AppendString(protowire.AppendTag(nil, field, protowire.BytesType), message))
}

func TestDecodeRefuses(t *testing.T) {
	for name, b := range map[string]string{
		"nothing":             "",
		"text":                "hello",
		"no graph":            "\x08\x08",
		"cut":                 "\x3a\x7f\x0a",
		"two graphs":          "\x3a\x00\x3a\x00",
		"a group":             "\x0b\x0c",
		"two opsets":          "\x42\x02\x10\x11\x42\x02\x10\x12",
		"no tensor":           "\x3a\x09\x0a\x07\x2a\x05\x0a\x00\xa0\x01\x04\x42\x02\x10\x11",
		"a reference":         "\x3a\x0b\x0a\x09\x2a\x07\xaa\x01\x01r\xa0\x01\x02\x42\x02\x10\x11",
		"17 million integers": within(7, within(5, within(7, strings.Repeat("\x01", 1<<24+1)))), // of one byte, of a tensor of the graph
		"a million names":     "\x3a\x84\x89\x7a\x0a\x80\x89\x7a" + strings.Repeat("\x0a\x00", 1_000_000),
		"a million nodes":     "\x3a\x80\x89\x7a" + strings.Repeat("\x0a\x00", 1_000_000),
	} {
		_, err := wire.Decode([]byte(b))
		require.ErrorIs(t, err, wire.ErrMalformed, name)
		if strings.Contains(name, "million") {
			require.ErrorContains(t, err, ": more than ", name)
		}
	}
}

// FuzzDecode checks that what is read, and written without its functions and foreign
// operators, is read as the same again.
func FuzzDecode(f *testing.F) {
	for _, b := range models(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := wire.Decode(b)
		if err != nil || m.Functions != nil {
			return
		}
		_, own := m.Opsets[""]
		if _, ml := m.Opsets["ai.onnx.ml"]; !own && !ml {
			return
		}
		again, err := wire.Decode(wire.Encode(m))
		require.NoError(t, err)
		require.Equal(t, len(m.Graph.Nodes), len(again.Graph.Nodes))
		for i, n := range m.Graph.Nodes {
			require.Equal(t, n.OpType, again.Graph.Nodes[i].OpType)
			require.Equal(t, n.Inputs, again.Graph.Nodes[i].Inputs)
			require.Equal(t, n.Outputs, again.Graph.Nodes[i].Outputs)
		}
	})
}
