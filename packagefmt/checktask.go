package packagefmt

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset/submission"
)

// headCost is what a sample may cost in the head. In a data round nobody runs heads by the
// hundred, and of a language model the head is everything.
func (p *Package) headCost() sampleCost {
	if p.Config.Task != nil {
		return sampleCost{maxEncoderBytes, maxEncoderCost}
	}
	return sampleCost{maxHeadBytes, maxHeadCost}
}

// checkTask compares the task, if there is one, with the model.
func (p *Package) checkTask() error {
	t := p.Config.Task
	if t == nil {
		return nil
	}
	if err := t.check(); err != nil {
		return fmt.Errorf("%w: task: %w", ErrInvalid, err)
	}
	if p.Encoder == nil || p.Config.Preprocessing == nil {
		return fmt.Errorf("%w: a task needs the whole model: the encoder is missing", ErrInvalid)
	}
	if p.Encoder.ONNX != nil {
		return fmt.Errorf("%w: a task beside %s: its adapters need an encoder of layers, which Build makes of an ONNX model where it is told the task", ErrInvalid, EncoderONNXFile)
	}
	if err := p.checkSchema(t); err != nil {
		return fmt.Errorf("%w: task: %w", ErrInvalid, err)
	}
	_, err := p.Targets()
	return err
}

// checkSchema compares the kind of rows with the preprocessing.
func (p *Package) checkSchema(t *Task) error {
	pre, kind := p.Config.Preprocessing, t.Schema.Kind
	switch {
	case pre.Audio != nil:
		return fmt.Errorf("the preprocessing is for recordings, which cannot be submitted yet")
	case kind == submission.Conversations:
		return p.checkTalks(t)
	case (kind == submission.Texts) != (pre.Tokenizer != ""):
		return fmt.Errorf("schema.kind is %q, and the preprocessing has the tokenizer %q: texts need one, other rows have none", kind, pre.Tokenizer)
	case kind == submission.Pictures && (len(pre.Shape) != 3 || pre.Shape[0] != 1 && pre.Shape[0] != 3):
		return fmt.Errorf("schema.kind is %q, and samples have the shape %v: want [1, height, width] or [3, height, width]", kind, pre.Shape)
	case len(pre.Classes) == 0:
		return fmt.Errorf("the preprocessing names no classes, in which labels are looked up")
	}
	return nil
}
