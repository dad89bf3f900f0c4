package packagefmt

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/internal/elementary"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// byteTokens is the vocabulary of a language model without a tokenizer: a byte is a token.
const byteTokens = 256

// talks reports whether the task is about conversations: the model is a language model.
func (t *Task) talks() bool { return t != nil && t.Schema.Kind == submission.Conversations }

// talks reports whether the package's model is a language model: a data round of
// conversations.
func (p *Package) talks() bool { return p.Config.Task.talks() }

// buildLanguageModel makes the package of a data round of conversations: the head is the whole model, the embeddings are the
// tokens of the test.
func buildLanguageModel(ctx context.Context, model Model, test dataset.Dataset, opts BuildOptions) (*Package, Report, error) {
	b := &builder{ctx: ctx, model: model, opts: opts}
	if err := b.layerModel(); err != nil {
		return nil, b.report, fmt.Errorf("a task's adapters need layers: %w", err)
	}
	model = b.model
	head, err := model.slice(0, len(model.Layers))
	if err != nil {
		return nil, b.report, err
	}
	params, err := layerParams(head)
	if err != nil {
		return nil, b.report, err
	}
	if err := checkSizes(head, Network{}, false); err != nil {
		return nil, b.report, err
	}
	b.report.Strategy, b.report.Rule, b.report.Ratio = opts.Split.Strategy, "a language model is adapted as a whole", 1
	b.report.HeadParams, b.report.TotalParams = sum(params), sum(params)
	pre := opts.Preprocessing
	p := &Package{
		Config: Config{
			Version: Version3, Layers: head.Layers, Inputs: head.Inputs, Tied: head.Tied, Preprocessing: &pre, Seed: opts.Seed, Task: opts.Task,
			Metadata: Metadata{Dataset: opts.Dataset.String(), HeadParamsRatio: 1},
			Split:    &Split{Strategy: b.report.Strategy, Ratio: opts.Split.Ratio},
		},
		Head: head, Encoder: &Network{Layers: []Layer{}, Weights: map[string]safetensors.Tensor{}}, Tokenizer: slices.Clone(opts.Tokenizer),
	}
	b.report.Matrices = b.origins.named(p.Adaptable())
	if err := p.checkTask(); err != nil {
		return nil, b.report, err
	}
	n := min(test.Len(), opts.Limit)
	if most := int(defaultLimits.Embeddings / 4 / int64(pre.features())); n > most {
		return nil, b.report, fmt.Errorf("%w: %d conversations of %d tokens, readers take at most %d (BuildOptions.Limit)", ErrUnsupported, n, pre.features(), most)
	}
	var labels []int
	if p.Embeddings, labels, err = p.Samples(ctx, test, n); err != nil {
		return nil, b.report, fmt.Errorf("test set: %w", err)
	}
	p.Config.Metadata.NumSamples, p.Config.Metadata.EmbeddingDim = n, pre.features()
	if err := errors.Join(p.check()...); err != nil {
		return nil, b.report, err
	}
	if err := b.scoreTalks(p, labels); err != nil {
		return nil, b.report, err
	}
	for _, a := range model.Assumed {
		b.note("taken on trust: %s", a)
	}
	return p, b.report, nil
}

// scoreTalks computes the base's score on the test's tokens, and refuses a model that sees what it has to predict.
func (b *builder) scoreTalks(p *Package, labels []int) error {
	net, err := nn.NewGraph(nn.Nodes(p.Head.Layers, p.Head.Inputs, p.Head.Tied), p.Head.Weights)
	if err != nil {
		return err
	}
	n, length := p.Embeddings.Shape[0], p.Embeddings.Shape[1]
	if err := checkCausal(net, p.Embeddings.Data[:length]); err != nil {
		return err
	}
	cost, err := checkCost(net, p.Embeddings.Shape[1:], p.headCost())
	if err != nil {
		return err
	}
	batch, sum, counted, tokens := cost.batch(defaultBatch), 0.0, 0, 0
	for lo := 0; lo < n; lo += batch {
		if b.ctx.Err() != nil {
			return context.Cause(b.ctx)
		}
		hi := min(lo+batch, n)
		out, err := net.Forward(safetensors.Tensor{Shape: []int{hi - lo, length}, Data: p.Embeddings.Data[lo*length : hi*length]})
		if err != nil {
			return err
		}
		tokens = out.Shape[2]
		for i, label := range labels[lo*length : hi*length] {
			if label != dataset.NoLabel {
				sum += nn.CrossEntropy(out.Data[i*tokens:][:tokens], label)
				counted++
			}
		}
		if b.opts.OnProgress != nil {
			b.opts.OnProgress(hi, n)
		}
	}
	loss := sum / float64(counted)
	if loss-loss != 0 {
		return fmt.Errorf("%w: the model's outputs are not finite", ErrInvalid)
	}
	b.report.Accuracy, b.report.Majority = LossScore(loss), uint32(10_000/tokens)
	b.note("the model's loss is %.3f nats a token, over the %d tokens of the answers in %d conversations", loss, counted, n)
	return nil
}

// checkCausal fails if the outputs at earlier places depend on the last token.
func checkCausal(net *nn.Net, tokens []float32) error {
	last := len(tokens) - 1
	if last == 0 {
		return nil
	}
	x := safetensors.Tensor{Shape: []int{2, len(tokens)}, Data: append(slices.Clone(tokens), tokens...)}
	if x.Data[2*last+1] == 0 {
		x.Data[2*last+1] = 1
	} else {
		x.Data[2*last+1] = 0
	}
	y, err := net.Forward(x)
	if err != nil {
		return fmt.Errorf("%w: the model cannot run on conversations of %d tokens: %w", ErrInvalid, len(tokens), err)
	}
	size := len(y.Data) / 2
	before := size / len(tokens) * last
	if err := closeTo(y.Data[:before], y.Data[size:size+before], checkTolerance); err != nil {
		return fmt.Errorf("%w: the model sees the tokens that it has to predict: its attention must be causal (is_causal): %w", ErrUnsupported, err)
	}
	return nil
}

// LossScore is ⌊10,000 · e^(−loss)⌋, the score of [MetricLoss]: the inverse perplexity in hundredths of a percent.
func LossScore(loss float64) uint32 {
	return uint32(math.Floor(min(max(10_000*elementary.Exp(-loss), 0), 10_000)))
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
	case len(pre.Shape) != 1 || len(pre.Mean) > 0 || pre.Columns != nil || pre.Resize != nil:
		return fmt.Errorf("conversations become samples of [tokens], and the preprocessing is of other data")
	case pre.Shape[0] != t.Training.Context:
		return fmt.Errorf("training.context is %d, and samples have %d tokens", t.Training.Context, pre.Shape[0])
	}
	return nil
}

// checkVocabulary compares the number of tokens that texts become with those that the model knows.
func (p *Package) checkVocabulary(file string, tokens int, add func(string, ...any)) {
	if rows := p.embeddingRows(); rows > 0 && rows < tokens {
		add("%s: %w: it has ids up to %d, but the model's embedding has %d rows: is it another model's tokenizer?", file, ErrInvalid, tokens-1, rows)
		return
	}
	if !p.talks() {
		return
	}
	net, err := p.Head.net()
	if err != nil {
		return // reported with the head
	}
	if out, err := net.OutputShape(p.Config.Preprocessing.Shape); err == nil && out[len(out)-1] < tokens {
		add("%s: %w: there are ids up to %d, but the model has scores for %d", file, ErrInvalid, tokens-1, out[len(out)-1])
	}
}

// sequences reads conversations as the model takes them, and a label for every token.
func (p *Package) sequences(ctx context.Context, ds dataset.Dataset, n int) (x safetensors.Tensor, labels []int, err error) {
	set, ok := ds.(dataset.Sequences)
	if !ok {
		return x, nil, fmt.Errorf("%w: the package takes conversations, and this data set holds none", dataset.ErrShape)
	}
	size := p.Config.Preprocessing.features()
	x = safetensors.Tensor{Shape: []int{n, size}, Data: make([]float32, n*size)}
	labels = make([]int, n*size)
	for i := range n {
		if ctx.Err() != nil {
			return x, nil, context.Cause(ctx)
		}
		if err := set.Sequence(i, x.Data[i*size:][:size], labels[i*size:][:size]); err != nil {
			return x, nil, err
		}
	}
	return x, labels, nil
}

// layerModel makes layers of the model.
func (b *builder) layerModel() (err error) {
	if b.model.ONNX == nil {
		b.origins.head = b.model.Names
		return nil
	}
	b.model.Network, b.origins.head, err = b.model.ONNX.layered(b.opts.Preprocessing.Shape)
	return err
}
