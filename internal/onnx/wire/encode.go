package wire

import (
	"bytes"
	"io"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Encode is [Write] into memory.
func Encode(m *Model) []byte {
	var b bytes.Buffer
	_ = Write(&b, m) // which never fails
	return b.Bytes()
}

// Write writes a model without functions. The same model gives the same bytes. The
// weights pass through it one by one.
func Write(w io.Writer, m *Model) error {
	var b []byte
	b = appendInt(b, 1, m.IRVersion)
	b = appendText(b, 2, m.Producer)
	var opsets []byte
	for _, domain := range []string{"", "ai.onnx.ml"} {
		if v, ok := m.Opsets[domain]; ok {
			opsets = appendMessage(opsets, 8, appendInt(appendText(nil, 1, domain), 2, v))
		}
	}
	parts := m.Graph.parts()
	size := 0
	for _, p := range parts {
		size += p.size()
	}
	b = protowire.AppendVarint(protowire.AppendTag(b, 7, protowire.BytesType), uint64(size))
	if g, ok := w.(interface{ Grow(n int) }); ok {
		g.Grow(len(b) + size + len(opsets))
	}
	for _, p := range slices.Concat([]part{{bytes: b}}, parts, []part{{bytes: opsets}}) {
		if _, err := w.Write(p.bytes); err != nil {
			return err
		}
		if p.behind == nil {
			continue
		}
		if err := p.behind.Write(w); err != nil {
			return err
		}
	}
	return nil
}

// part are bytes of a message, and the payload of a tensor behind them, which may be nil.
type part struct {
	bytes  []byte
	behind *Payload
}

func (p part) size() int {
	if p.behind == nil {
		return len(p.bytes)
	}
	return len(p.bytes) + p.behind.Size
}

func appendInt(b []byte, num protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), uint64(v))
}

func appendText(b []byte, num protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), s)
}

func appendMessage(b []byte, num protowire.Number, msg []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), msg)
}

func (g *Graph) parts() (parts []part) {
	var b []byte
	for _, n := range g.Nodes {
		b = appendMessage(b, 1, n.encode())
	}
	b = appendText(b, 2, g.Name)
	for _, t := range g.Initializers {
		head := t.head()
		b = protowire.AppendTag(b, 5, protowire.BytesType)
		b = protowire.AppendVarint(b, uint64(len(head)+t.payload()))
		b = append(b, head...)
		if t.Later == nil {
			b = append(b, t.Raw...)
			continue
		}
		parts = append(parts, part{b, t.Later})
		b = nil
	}
	for _, v := range g.Inputs {
		b = appendMessage(b, 11, v.encode())
	}
	for _, v := range g.Outputs {
		b = appendMessage(b, 12, v.encode())
	}
	return append(parts, part{bytes: b})
}

func (n *Node) encode() []byte {
	var b []byte
	for _, s := range n.Inputs {
		b = appendText(b, 1, s)
	}
	for _, s := range n.Outputs {
		b = appendText(b, 2, s)
	}
	b = appendText(b, 3, n.Name)
	b = appendText(b, 4, n.OpType)
	for _, a := range n.Attributes {
		b = appendMessage(b, 5, a.encode())
	}
	if n.Domain != "" {
		b = appendText(b, 7, n.Domain)
	}
	return b
}

func (a *Attribute) encode() []byte {
	b := appendText(nil, 1, a.Name)
	switch a.Type {
	case AttrFloat:
		b = protowire.AppendFixed32(protowire.AppendTag(b, 2, protowire.Fixed32Type), math.Float32bits(a.F))
	case AttrInt:
		b = appendInt(b, 3, a.I)
	case AttrString:
		b = appendText(b, 4, a.S)
	case AttrTensor:
		b = appendMessage(b, 5, a.T.encode())
	case AttrFloats:
		for _, v := range a.Floats {
			b = protowire.AppendFixed32(protowire.AppendTag(b, 7, protowire.Fixed32Type), math.Float32bits(v))
		}
	case AttrInts:
		for _, v := range a.Ints {
			b = appendInt(b, 8, v)
		}
	case AttrStrings:
		for _, s := range a.Strings {
			b = appendText(b, 9, s)
		}
	}
	return appendInt(b, 20, int64(a.Type))
}

// encode writes a tensor whose payload is raw, or comes later.
func (t *Tensor) encode() []byte {
	b := bytes.NewBuffer(t.head())
	if t.Later == nil {
		b.Write(t.Raw)
	} else {
		_ = t.Later.Write(b) // which never fails
	}
	return b.Bytes()
}

// payload is its size.
func (t *Tensor) payload() int {
	if t.Later != nil {
		return t.Later.Size
	}
	return len(t.Raw)
}

// head is what comes before the payload.
func (t *Tensor) head() (b []byte) {
	for _, d := range t.Dims {
		b = appendInt(b, 1, d)
	}
	b = appendInt(b, 2, int64(t.Type))
	b = appendText(b, 8, t.Name)
	return protowire.AppendVarint(protowire.AppendTag(b, 9, protowire.BytesType), uint64(t.payload()))
}

func (v *ValueInfo) encode() []byte {
	var dims []byte
	for i, d := range v.Dims {
		var dim []byte
		switch {
		case d >= 0:
			dim = appendInt(nil, 1, d)
		case i == 0:
			dim = appendText(nil, 2, "batch")
		}
		dims = appendMessage(dims, 1, dim)
	}
	tensor := appendInt(nil, 1, int64(v.Type))
	tensor = appendMessage(tensor, 2, dims)
	return appendMessage(appendText(nil, 1, v.Name), 2, appendMessage(nil, 1, tensor))
}
