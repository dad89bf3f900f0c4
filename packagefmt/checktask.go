package packagefmt

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset/submission"
)

// talks reports whether the package's model is a language model: a data round of
// conversations.
func (p *Package) talks() bool {
	return p.Config.Task != nil && p.Config.Task.Schema.Kind == submission.Conversations
}

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
	words := kind == submission.Texts || kind == submission.Conversations
	switch {
	case pre.Audio != nil:
		return fmt.Errorf("the preprocessing is for recordings, which cannot be submitted yet")
	case words != (pre.Tokenizer != ""):
		return fmt.Errorf("schema.kind is %q, and the preprocessing has the tokenizer %q: texts need one, other rows have none", kind, pre.Tokenizer)
	case kind == submission.Pictures && (len(pre.Shape) != 3 || pre.Shape[0] != 1 && pre.Shape[0] != 3):
		return fmt.Errorf("schema.kind is %q, and samples have the shape %v: want [1, height, width] or [3, height, width]", kind, pre.Shape)
	case kind == submission.Conversations:
		return p.checkTalks(t)
	case len(pre.Classes) == 0:
		return fmt.Errorf("the preprocessing names no classes, in which labels are looked up")
	}
	return nil
}

// checkTalks checks a language model: the encoder does nothing, so that the embeddings are
// the test's token ids, and the head is the model.
func (p *Package) checkTalks(t *Task) error {
	pre := p.Config.Preprocessing
	switch {
	case !p.Encoder.empty():
		return fmt.Errorf("the model of conversations must be in the head as a whole: leave the encoder's layers empty")
	case len(pre.Classes) > 0:
		return fmt.Errorf("conversations have no classes, and the preprocessing names %d", len(pre.Classes))
	case pre.Shape[0] != t.Training.Context:
		return fmt.Errorf("training.context is %d, and samples have %d tokens", t.Training.Context, pre.Shape[0])
	}
	return nil
}
