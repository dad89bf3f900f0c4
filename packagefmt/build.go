package packagefmt

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

const (
	// MaxSamples is the largest number of embeddings in a package.
	MaxSamples = 10_000

	defaultBatch = 64
	// checkSamples is the number of real samples that a split is checked on.
	checkSamples = 16
	// checkTolerance bounds |head(encoder(x)) − model(x)| relative to the
	// largest output: room for the pooling's other order of summation only.
	checkTolerance = 1e-5
)

// BuildOptions configure Build.
type BuildOptions struct {
	// Dataset names the data set that the model classifies.
	Dataset dataset.ID
	// Preprocessing must be the one that the model was trained with. Shape,
	// Columns and Resize default to the test set's, Classes to the names that it
	// says, else to "0", "1", … Of a language model Shape is [Task.Training.Context].
	Preprocessing Preprocessing
	// Tokenizer is the model's tokenizer.json (Hugging Face's) if the test set
	// holds texts: it goes into the package, and makes token ids of everybody's
	// texts. nil for other data, and for a language model whose tokens are bytes.
	Tokenizer []byte
	// Split selects where to cut the model.
	Split SplitOptions
	// Limit is the largest number of embeddings. Default, and maximum:
	// MaxSamples.
	Limit int
	// BatchSize is the largest number of samples that the encoder runs at once.
	// Default: 64.
	BatchSize int
	// Seed is kept in the package: trainers who seed with it get the same bits.
	Seed uint64
	// Task makes the package that of a data round: the model as a whole is what adapters are
	// trained on, so that an encoder that comes from an ONNX file becomes layers ([Model.Layered]).
	// nil for rounds of heads. Not with OmitEncoder.
	Task *Task
	// Honest are rows as the trainers of a data round may submit them, of values or pictures: with them the cosine from
	// which on rows are copies is calibrated where Task leaves it open. Default: nil, [DefaultNear].
	Honest dataset.Dataset
	// OmitEncoder leaves the encoder out of the package: trainers can then fit
	// only the package's own test embeddings, and nobody can check those.
	OmitEncoder bool
	// OnProgress is called after every batch with the number of samples encoded
	// so far and in all.
	OnProgress func(done, total int)
}

// Report describes how Build made a package.
type Report struct {
	// Strategy and Rule chose the cut.
	Strategy, Rule string
	// WantedLayer is the layer in front of which they cut, from 0.
	WantedLayer int
	// FirstLayer is the head's first layer once the cut was checked:
	// WantedLayer or an earlier one.
	FirstLayer int
	// HeadParams of TotalParams parameters went into the head.
	HeadParams, TotalParams int
	// Ratio is HeadParams / TotalParams, 0 to 1.
	Ratio float64
	// Accuracy is the head's on the embeddings, in hundredths of a percent, as
	// validators compute it: what trainers have to beat. Of a language model it is its
	// [LossScore].
	Accuracy uint32
	// Majority is the share of the most frequent class, in hundredths of a
	// percent: what is scored by always answering with it. A base that is not
	// clearly better was not trained for this data, or gets it in another form. Of a
	// language model: the score of one that expects all tokens alike.
	Majority uint32
	// Matrices are those that the task's targets can name, with what the model's own file calls them: of a package with a
	// task, also where Build fails because of its targets.
	Matrices []NamedMatrix
	// Notes are for the creator to read: a cut that was moved, assumptions.
	Notes []string
}

// Package is a model package in memory.
type Package struct {
	// Config is what config.json says.
	Config Config
	// Head is what trainers train: [n, EmbeddingDim] → [n, classes].
	Head Network
	// Encoder computes the head's inputs from samples; nil if the package has
	// none.
	Encoder *Network
	// Embeddings are the encoder's outputs over the data set's test split, in
	// its order: [NumSamples, EmbeddingDim].
	Embeddings safetensors.Tensor
	// Tokenizer is TokenizerFile, which makes token ids of texts; nil if the
	// package takes none.
	Tokenizer []byte
	// Holdout is HoldoutFile, a sealed test ([Package.SealHoldout]); nil without one.
	Holdout []byte

	parsed parsedTokenizer
}

// Build cuts a model into encoder and head, checks on real samples that they
// compute together what the model computes, and encodes the test split. With a
// task about conversations the model is a language model, which stays whole, and
// test a [dataset.ConversationSet].
func Build(ctx context.Context, model Model, test dataset.Dataset, opts BuildOptions) (*Package, Report, error) {
	opts, err := opts.withDefaults(test)
	if err != nil {
		return nil, Report{}, err
	}
	if opts.Task.talks() {
		return buildLanguageModel(ctx, model, test, opts)
	}
	b := &builder{ctx: ctx, model: model, opts: opts}
	schema := opts.Preprocessing.schema()
	if opts.Preprocessing.Tokenizer != "" {
		schema.Tokenizer, err = parseTokenizer(opts.Tokenizer, opts.Preprocessing.tokens(opts.Task))
	}
	if err != nil {
		return nil, Report{}, fmt.Errorf("%s: %w", TokenizerFile, err)
	}
	if b.test, err = dataset.Adapt(test, schema); err != nil {
		return nil, Report{}, fmt.Errorf("test set: %w", err)
	}
	test = b.test
	if err := b.prepare(); err != nil {
		return nil, Report{}, err
	}
	head, enc, err := b.split()
	if err != nil {
		return nil, b.report, err
	}
	if opts.Task != nil && enc.ONNX != nil {
		if enc, err = b.layeredEncoder(head, enc); err != nil {
			return nil, b.report, err
		}
	}
	if err := checkSizes(head, enc, opts.OmitEncoder); err != nil {
		return nil, b.report, err
	}
	head = b.withoutSoftmax(head)
	e, err := newEncoder(enc, b.opts.Preprocessing)
	if err != nil {
		return nil, b.report, err
	}
	embeddings, labels, err := e.encodeAll(ctx, test, min(test.Len(), opts.Limit), opts.BatchSize, opts.OnProgress)
	if err != nil {
		return nil, b.report, fmt.Errorf("embeddings: %w", err)
	}
	if err := b.score(head, embeddings, labels); err != nil {
		return nil, b.report, err
	}
	pre := b.opts.Preprocessing
	p := &Package{
		Config: Config{
			Version: Version2, Layers: head.Layers, Inputs: head.Inputs, Tied: head.Tied, Preprocessing: &pre, Seed: opts.Seed, Task: opts.Task,
			Metadata: Metadata{
				Dataset: opts.Dataset.String(), EmbeddingDim: e.dim,
				NumSamples: embeddings.Shape[0], HeadParamsRatio: b.report.Ratio,
			},
			Split: &Split{Strategy: b.report.Strategy, Ratio: opts.Split.Ratio, FirstLayer: b.report.FirstLayer},
		},
		Head: head, Encoder: &enc, Embeddings: embeddings, Tokenizer: bytes.Clone(opts.Tokenizer),
	}
	if opts.Task != nil {
		p.Config.Version, b.report.Matrices = Version3, b.origins.named(p.Adaptable())
		if err := p.checkTask(); err != nil {
			return nil, b.report, err
		}
	}
	if opts.Task != nil && opts.Honest != nil && opts.Task.calibrates() {
		if p.Config.Task, err = p.calibrate(ctx, opts.Honest, test); err != nil {
			return nil, b.report, fmt.Errorf("calibrating: %w", err)
		}
		b.note("rows are copies from a cosine of their encoder outputs of %v on", p.Config.Task.Schema.Near)
	}
	if opts.OmitEncoder {
		p.Encoder, p.Config.Version = nil, Version1 // all that it holds the kits know
		p.Tokenizer, p.Config.Preprocessing.Tokenizer = nil, ""
		b.note("the package holds no encoder: trainers can only fit the test embeddings they are scored on, and nobody can check them")
	}
	return p, b.report, nil
}

func (o BuildOptions) withDefaults(test dataset.Dataset) (BuildOptions, error) {
	if test == nil || test.Len() == 0 {
		return o, fmt.Errorf("%w: the test set is empty", ErrInvalid)
	}
	if o.Task != nil && o.OmitEncoder {
		return o, fmt.Errorf("%w: a data round needs the whole model: leave OmitEncoder out", ErrInvalid)
	}
	if o.Tokenizer != nil {
		o.Preprocessing.Tokenizer = TokenizerFile
	}
	if o.Task.talks() && o.Preprocessing.Shape == nil {
		o.Preprocessing.Shape = []int{o.Task.Training.Context}
	}
	o.Preprocessing = o.Preprocessing.withDefaults(test, o.Dataset)
	if o.Limit <= 0 {
		o.Limit = MaxSamples
	}
	o.Limit = min(o.Limit, MaxSamples)
	if o.BatchSize <= 0 {
		o.BatchSize = defaultBatch
	}
	o.Split = o.Split.withDefaults()
	return o, o.Preprocessing.Check()
}

type builder struct {
	ctx    context.Context
	model  Model
	test   dataset.Dataset
	opts   BuildOptions
	params []int
	report Report
	// x holds real samples, want the whole model's outputs for them.
	x, want safetensors.Tensor
	origins origins
}

func (b *builder) note(format string, args ...any) {
	b.report.Notes = append(b.report.Notes, fmt.Sprintf(format, args...))
}

// prepare runs the whole model on some real samples.
func (b *builder) prepare() error {
	net, err := b.model.executable(b.opts.Preprocessing.Shape)
	if err != nil {
		return err
	}
	if b.params, err = layerParams(b.model.Network); err != nil {
		return err
	}
	n := min(b.test.Len(), checkSamples)
	indices := make([]int, n)
	for i := range indices {
		indices[i] = i * b.test.Len() / n
	}
	if b.x, _, err = b.opts.Preprocessing.batch(b.test, indices); err != nil {
		return fmt.Errorf("test set: %w", err)
	}
	if b.want, err = net.Forward(b.x); err != nil {
		return fmt.Errorf("%w: the model cannot run on the test set's samples in shape %v; say another with --shape (Preprocessing.Shape): %w",
			ErrInvalid, b.opts.Preprocessing.Shape, err)
	}
	if err := b.poolOutput(); err != nil {
		return err
	}
	if len(b.want.Shape) != 2 || b.want.Shape[1] < 2 {
		return fmt.Errorf("%w: the model's output has shape %v, want [batch, classes] of a classifier: %s", ErrUnsupported, b.want.Shape, classifierOf(b.want.Shape))
	}
	if err := b.want.Check(); err != nil {
		return fmt.Errorf("%w: the model's output: %w", ErrInvalid, err)
	}
	if err := b.nameClasses(b.want.Shape[1]); err != nil {
		return err
	}
	if err := b.toScores(net); err != nil {
		return err
	}
	for _, a := range b.model.Assumed {
		b.note("taken on trust: %s", a)
	}
	return nil
}

// poolOutput takes the outputs of a model that has several rows of them for a sample as
// features are taken: a sequence's are those of its first token.
func (b *builder) poolOutput() (err error) {
	shape := b.want.Shape
	if len(shape) == 2 || b.model.ONNX != nil {
		return nil
	}
	if b.want, err = pool(b.want); err != nil || len(shape) < 3 {
		return err
	}
	how := "the mean over all places"
	if len(shape) == 3 {
		how = "the first token"
	}
	b.note("taken on trust: of the model's outputs of shape %v a sample's are those of %s, as the public kits take them", shape[1:], how)
	return nil
}

// nameClasses names the model's outputs: as the caller says, else as the test set
// does, else by their numbers.
func (b *builder) nameClasses(outputs int) error {
	pre := &b.opts.Preprocessing
	names := dataset.ClassNames(b.test)
	switch {
	case pre.Classes != nil && len(pre.Classes) != outputs:
		return fmt.Errorf("%w: the model has %d outputs, but --classes (Preprocessing.Classes) names %d", ErrInvalid, outputs, len(pre.Classes))
	case pre.Classes != nil:
		return nil
	case len(names) == outputs:
		pre.Classes = names
		return nil
	case len(names) > outputs:
		return fmt.Errorf("%w: the model has %d outputs, and the test set %d classes: name the outputs with --classes (Preprocessing.Classes)", ErrInvalid, outputs, len(names))
	}
	if names != nil {
		b.note("the model has %d outputs, and the test set names only %d classes: the package numbers them", outputs, len(names))
	}
	for c := range outputs {
		pre.Classes = append(pre.Classes, strconv.Itoa(c))
	}
	return nil
}

// split cuts at the wanted layer, or at the nearest earlier layer where head
// and encoder together compute what the model does.
func (b *builder) split() (head, enc Network, err error) {
	if b.model.ONNX != nil {
		return b.splitGraph()
	}
	wanted, rule, err := b.opts.Split.cut(b.model, b.params)
	if err != nil {
		return head, enc, err
	}
	b.report.Strategy, b.report.Rule, b.report.WantedLayer = b.opts.Split.Strategy, rule, wanted
	var why error
	for first := wanted; first >= 0; first-- {
		if b.ctx.Err() != nil {
			return head, enc, context.Cause(b.ctx)
		}
		if head, enc, err = b.cutAt(first); err != nil {
			if why == nil {
				why = err
			}
			continue
		}
		b.report.FirstLayer = first
		b.origins.cut(b.model.Names, first)
		b.report.HeadParams, b.report.TotalParams = sum(b.params[first:]), sum(b.params)
		b.report.Ratio = float64(b.report.HeadParams) / float64(b.report.TotalParams)
		if first != wanted {
			b.note("cut moved from layer %d to layer %d, the nearest earlier one where head and encoder compute what the model does: %v", wanted, first, why)
		}
		return head, enc, nil
	}
	return head, enc, fmt.Errorf("%w: at layer %d and at every earlier one, head and encoder do not compute what the model does%s; at layer %d: %w",
		ErrNoSplit, wanted, b.advice(wanted), wanted, why)
}

// advice suggests a later layer where a cut would work, if there is one.
func (b *builder) advice(wanted int) string {
	for first := wanted + 1; first < len(b.model.Layers) && b.ctx.Err() == nil; first++ {
		if _, _, err := b.cutAt(first); err == nil {
			return fmt.Sprintf(" (a cut at layer %d would work, with %.2g %% of the parameters in the head: choose it with --first-layer (SplitOptions.FirstLayer))",
				first, 100*float64(sum(b.params[first:]))/float64(sum(b.params)))
		}
	}
	return ""
}

// cutAt cuts in front of layer first and checks the result on the real samples.
func (b *builder) cutAt(first int) (head, enc Network, err error) {
	if sum(b.params[first:]) == 0 {
		return head, enc, fmt.Errorf("no parameters from layer %d on", first)
	}
	if enc, err = b.model.slice(0, first); err != nil {
		return head, enc, err
	}
	if head, err = b.model.slice(first, len(b.model.Layers)); err != nil {
		return head, enc, err
	}
	enc = enc.untied()
	e, err := newEncoder(enc, b.opts.Preprocessing)
	if err != nil {
		return head, enc, err
	}
	features, err := e.run(b.x)
	if err != nil {
		return head, enc, err
	}
	net, err := head.net()
	if err != nil {
		return head, enc, err
	}
	got, err := net.Forward(features)
	if err != nil {
		return head, enc, fmt.Errorf("the head cannot run on features of shape %v: %w", features.Shape, err)
	}
	return head, enc, b.compare(got)
}

// compare checks the outputs of encoder and head against the whole model's.
func (b *builder) compare(got safetensors.Tensor) error {
	if len(got.Data) != len(b.want.Data) {
		return fmt.Errorf("head(encoder(x)) has shape %v, but model(x) has %v", got.Shape, b.want.Shape)
	}
	if err := closeTo(b.want.Data, got.Data, checkTolerance); err != nil {
		return fmt.Errorf("head(encoder(x)) is not model(x): %w", err)
	}
	return nil
}

// classifierOf says how a model with outputs of a shape becomes a classifier.
func classifierOf(shape []int) string {
	if len(shape) == 1 || len(shape) == 2 {
		return "it has one number for a sample; export one for each class, in PyTorch torch.cat([torch.zeros_like(z), z], 1) for numbers z of shape [batch, 1], " +
			`of scikit-learn with options={id(model): {"zipmap": False}}`
	}
	return "if another output of the file has the logits, name it with --logits (ONNXOptions.Output)"
}
