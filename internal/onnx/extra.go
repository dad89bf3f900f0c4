package onnx

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// extra derives the inputs of a text model that follow from its token ids: the
// attention mask (every id but 0, which pads) and the token types (0).
func (l *loader) extra(inputs []*wire.ValueInfo) error {
	for _, v := range inputs {
		if !v.Type.Integer() && v.Type != wire.Bool || !l.p.input.Type.Integer() {
			return fmt.Errorf("%w: a second input, %.60q (%s): one sample is one tensor", ErrUnsupported, v.Name, v.Type)
		}
		ids := l.p.input.Name
		switch v.Name {
		case "attention_mask", "input_mask":
			l.derived = append(l.derived,
				derive("Cast", v.Name, "to", int64(wire.Bool), ids), // 0 is false
			)
			l.derived[len(l.derived)-1].Outputs[0] += "/bool"
			l.derived = append(l.derived, derive("Cast", v.Name, "to", int64(v.Type), v.Name+"/bool"))
		case "token_type_ids", "segment_ids":
			l.derived = append(l.derived, &wire.Node{Name: v.Name, OpType: "Sub", Inputs: []string{ids, ids}, Outputs: []string{v.Name + "/zero"}},
				derive("Cast", v.Name, "to", int64(v.Type), v.Name+"/zero"))
		default:
			return fmt.Errorf("%w: a second input, %.60q: of token ids only attention_mask and token_type_ids can be derived", ErrUnsupported, v.Name)
		}
		l.p.Derived = append(l.p.Derived, v.Name)
	}
	return nil
}

// derive is a node with one input and one attribute.
func derive(op, output, attr string, value int64, input string) *wire.Node {
	return &wire.Node{Name: output, OpType: op, Inputs: []string{input}, Outputs: []string{output},
		Attributes: []*wire.Attribute{{Name: attr, Type: wire.AttrInt, I: value}}}
}
