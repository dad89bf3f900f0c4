package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/audio"
	"github.com/decloud-sdk/decloud-go/dataset/tokenizer"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/userfile"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
)

// recipe are the flags that say how a model becomes a package.
type recipe struct {
	model, dataset        string
	ratio                 float64
	split, firstName, key string
	layers, logits, check string
	inOrder               app.Names
	shape                 app.Names
	mean, std             app.Names
	resize                *dataset.Resize
	audio                 *audio.Spec
	expect                float64
	classes               app.Names
	seed                  uint64
	tokenizer             string
	omitEncoder           bool
	task                  string
}

func bindRecipe(fs *flag.FlagSet) *recipe {
	r := &recipe{}
	fs.StringVar(&r.model, "model", "", "model `file`: ONNX (.onnx), PyTorch (.pt, .pth, .bin), or .safetensors with --layers")
	app.Alias(fs, "m", "model")
	fs.StringVar(&r.dataset, "dataset", "", "`name` of the data set that it classifies")
	app.Alias(fs, "d", "dataset")
	fs.Var(app.Float(&r.ratio, 1e-6, 1), "head-ratio", "`share` of the parameters that goes into the head (default 0.15)")
	fs.StringVar(&r.split, "split", "", "where to cut: `ratio`, or kit: as the Python kits look for a head (default ratio)")
	fs.StringVar(&r.firstName, "first-layer", "", "cut in front of the layer of this `name` or number")
	fs.StringVar(&r.key, "key", "", "`entry` of a checkpoint that holds the model")
	fs.StringVar(&r.layers, "layers", "", "JSON `file` with the layers of a state_dict or a .safetensors file: [{\"type\": \"Linear\", \"params\": {…}, \"name\": \"fc\"}, …]; names are for .safetensors that are not numbered")
	fs.StringVar(&r.check, "check", "", "npz `file` with arrays x, samples as the model takes them, and logits, its own outputs: what was read must compute the same")
	fs.StringVar(&r.logits, "logits", "", "`name` of the output of an ONNX model that holds the logits (default: its first output)")
	fs.Var(&r.inOrder, "in-order", "Python `classes` whose forward() runs their children in order and nothing else, with commas between")
	fs.Var(&r.shape, "shape", "a sample's `sizes` as the model takes it, such as 7,6 for 7 steps of 6 features (default: as the data says)")
	fs.Var(&r.mean, "mean", "`number` to subtract from the data, or one for each channel (default: what is agreed for the data set, else measured)")
	fs.Var(&r.std, "std", "`number` to divide it by then, or one for each channel (default: what is agreed for the data set, else measured)")
	app.BindResize(fs, &r.resize)
	bindAudio(fs, &r.audio)
	fs.Var(app.Float(&r.expect, 0, 100), "expect", "`percent` of the test split that the model is known to get right: a base that is more than 2 off is refused")
	fs.Var(&r.classes, "classes", "`names` of the classes, in the order of the labels")
	fs.Uint64Var(&r.seed, "seed", 0, "`number` for everybody who wants to train to the same bits")
	fs.StringVar(&r.tokenizer, "tokenizer", "", "the tokenizer.json `file` of a model of texts (tokenizer.save_pretrained writes it); --shape says how many tokens it takes")
	fs.Var(app.Path(&r.task), "task", "JSON `file` that makes the package that of a data round: what a row is, how many there may be, and how an adapter is trained on them (packagefmt/FORMAT.md, Tasks)")
	fs.BoolVar(&r.omitEncoder, "omit-encoder", false, "leave the encoder out; then trainers cannot use data of their own, and nobody can check the embeddings")
	return r
}

// built is what comes of a recipe.
type built struct {
	pkg    *packagefmt.Package
	report packagefmt.Report
	id     dataset.ID
	test   dataset.Dataset // the public split
}

// build reads the model, cuts it and embeds the test split.
func (r *recipe) build(ctx context.Context, c *app.Call, cfg *config) (b built, err error) {
	if r.model == "" {
		return b, app.Usagef("a model is needed: -m FILE")
	}
	if b.id, err = parseDataset(c, cfg, r.dataset); err != nil {
		return b, err
	}
	opts, err := r.options(cfg, b.id)
	if err != nil {
		return b, err
	}
	if r.tokenizer != "" {
		if opts.Tokenizer, err = userfile.Read(r.tokenizer, tokenizer.MaxFile); err != nil {
			return b, err
		}
	}
	if opts.Task, err = readTask(r.task); err != nil {
		return b, err
	}
	defer c.Working()()
	opts.OnProgress = progress(c.Progress("embedding the test split", "samples"))
	model, err := r.open()
	if err != nil {
		return b, err
	}
	if r.check != "" {
		n, err := checkOutputs(model, r.check)
		if err != nil {
			return b, fmt.Errorf("%s: %w", r.model, err)
		}
		c.Note("checked: what was read of %s computes the model's own logits for %d samples", r.model, n)
	}
	test, err := c.OpenDataset(ctx, &cfg.Common, b.id, dataset.Test)
	if err != nil {
		return b, err
	}
	b.test = test
	if err := r.lacking(test); err != nil {
		return b, err
	}
	normalization, err := r.normalize(ctx, c, cfg, b.id, &opts.Preprocessing, test)
	if err != nil {
		return b, err
	}
	c.Note("reading %s and embedding %d test samples of %s…", r.model, min(test.Len(), opts.Limit), b.id)
	if b.pkg, b.report, err = packagefmt.Build(ctx, model, test, opts); err != nil {
		b.tellMatrices(c)
		return b, fmt.Errorf("%s: %w", r.model, c.Unfit(b.id, err))
	}
	b.tell(c, normalization)
	return b, r.expected(b.report)
}

func progress(tell func(done, total int64)) func(done, total int) {
	return func(done, total int) { tell(int64(done), int64(total)) }
}

// tell says how the model was cut and what it can do, and where its normalization
// is from.
func (b built) tell(c *app.Call, normalization string) {
	r := b.report
	c.Note("the head starts at layer %d (%s) and has %d of %d parameters, %.1f %%", r.FirstLayer, r.Rule, r.HeadParams, r.TotalParams, 100*r.Ratio)
	if task := b.pkg.Config.Task; task != nil && task.Training.Context > 0 {
		c.Note("conversations become their last %d tokens", task.Training.Context)
		c.Note("score of the base, its inverse perplexity: %s", rating.FormatAccuracy(r.Accuracy))
	} else {
		b.tellClassifier(c, normalization)
	}
	b.tellMatrices(c)
	if err := b.nearChance(); err != nil {
		c.Note("WARNING: %v", err)
	}
	for _, note := range r.Notes {
		c.Note("note: %s", note)
	}
}

// tellClassifier says how samples come to a classifier, and how it answers.
func (b built) tellClassifier(c *app.Call, normalization string) {
	pre := b.pkg.Config.Preprocessing
	c.Note("preprocessing: mean %v, std %v (%s): it must be the one that the model was trained with (--mean, --std)", pre.Mean, pre.Std, normalization)
	if pre.Resize != nil {
		c.Note("pictures are resized to %v, cropped to %v (--resize, --crop)", pre.Resize.Size, pre.Resize.Result())
	}
	if pre.Audio != nil {
		c.Note("recordings become samples of %v at %d Hz (--audio)", pre.Audio.Shape(), pre.Audio.Rate)
	}
	if named := categorical(pre.Columns); named != "" {
		c.Note("columns of names, a feature for each name, in the order in which the model must take them: %s", app.Plain(named))
	}
	c.Note("classes: %s", app.Plain(fewNames(pre.Classes)))
	c.Note("accuracy of the base: %s", rating.FormatAccuracy(b.report.Accuracy))
}

// matrixView is a matrix that a task's targets can name.
type matrixView struct {
	Path    string `json:"path"`
	Origin  string `json:"origin,omitempty"` // what the model's file calls it
	Adapted bool   `json:"adapted"`          // a target names it
}

func (b built) matrices() (list []matrixView) {
	var targets []packagefmt.Matrix
	if b.pkg != nil {
		targets, _ = b.pkg.Targets() // they were checked
	}
	for _, m := range b.report.Matrices {
		list = append(list, matrixView{m.Path, app.Plain(m.Origin), slices.Contains(targets, m.Matrix)})
	}
	return list
}

// maxMatrices is how many matrices are told of.
const maxMatrices = 40

// tellMatrices says what a task's targets can name, and what the model's file calls it.
func (b built) tellMatrices(c *app.Call) {
	list := b.matrices()
	if len(list) == 0 {
		return
	}
	c.Note("what a task's targets can name, and the model's file calls it (*: is adapted):")
	for _, m := range list[:min(len(list), maxMatrices)] {
		c.Note("%s %-32s %s", map[bool]string{true: "*", false: " "}[m.Adapted], m.Path, shortened(m.Origin))
	}
	if more := len(list) - maxMatrices; more > 0 {
		c.Note("  and %d more (--json has all)", more)
	}
}

// shortened is what fits into a line of a name of the model's file.
func shortened(name string) string {
	if r := []rune(name); len(r) > 100 {
		return string(r[:99]) + "…"
	}
	return name
}

// categorical lists the columns of names, and the names.
func categorical(columns []dataset.Column) string {
	var list []string
	for i, col := range columns {
		if len(col.Values) > 0 {
			list = append(list, fmt.Sprintf("%s (%s)", cmp.Or(col.Name, strconv.Itoa(i)), fewNames(col.Values)))
		}
	}
	return fewNames(list)
}

// options are the recipe's, and where it says nothing the settings'.
func (r *recipe) options(cfg *config, id dataset.ID) (packagefmt.BuildOptions, error) {
	o := packagefmt.BuildOptions{Dataset: id, Limit: cfg.EmbeddingLimit, BatchSize: cfg.BatchSize, Seed: r.seed, OmitEncoder: r.omitEncoder}
	o.Split = packagefmt.SplitOptions{Strategy: r.split, Ratio: cfg.HeadRatio}
	if r.ratio > 0 {
		o.Split.Ratio = r.ratio
	}
	if n, err := strconv.Atoi(r.firstName); err == nil {
		o.Split.FirstLayer = n
	} else {
		o.Split.FirstName = r.firstName
	}
	o.Preprocessing.Resize, o.Preprocessing.Audio = r.resize, r.audio
	for _, f := range []struct {
		flag string
		text app.Names
		to   *[]float32
	}{{"--mean", r.mean, &o.Preprocessing.Mean}, {"--std", r.std, &o.Preprocessing.Std}} {
		if len(f.text) == 0 {
			continue
		}
		*f.to = nil
		for _, text := range f.text {
			v, err := strconv.ParseFloat(text, 32)
			if err != nil {
				return o, app.Usagef("%s: expected a number, or one for each channel with commas between", f.flag)
			}
			*f.to = append(*f.to, float32(v))
		}
	}
	for _, text := range r.shape {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return o, app.Usagef("--shape: expected whole numbers from 1 with commas between")
		}
		o.Preprocessing.Shape = append(o.Preprocessing.Shape, n)
	}
	if len(r.classes) > 0 {
		o.Preprocessing.Classes = r.classes
	}
	return o, nil
}

// lacking is the error of data that becomes samples by a flag that is not there.
func (r *recipe) lacking(test dataset.Dataset) error {
	switch test.(type) {
	case *dataset.TextSet:
		if r.tokenizer == "" {
			return app.Usagef("the data is texts: name the model's tokenizer.json (--tokenizer) and how many tokens it takes (--shape)")
		}
	case *dataset.ConversationSet:
		if r.task == "" {
			return app.Usagef("the data is conversations: name the task of their data rounds (--task), which says how many tokens the model takes")
		}
	case *dataset.WaveFolder:
		if r.audio == nil {
			return app.Usagef("the data is recordings: say what becomes of them, such as --audio rate=16000,samples=16000")
		}
	}
	return nil
}

func buildCommand() app.Command {
	return app.Command{
		Name: "build", Summary: "make a package of a model: build -m model.pt -d Cifar10",
		Long: `Reads models that PyTorch, TensorFlow or scikit-learn exported to ONNX, and lists of layers that torch.save wrote.
Cuts the model into a frozen encoder and a trainable head, checks on real samples that the two compute together
what the model computes, embeds the test split of the data set, and writes the package. Nothing in the model's
file is run. Nothing is published or paid.`,
		Bind: func(flags *flag.FlagSet) app.Action {
			r := bindRecipe(flags)
			out := flags.String("output", "", "`directory` to write (default ~/.decloud-creator/packages/<data set>)")
			app.Alias(flags, "o", "output")
			force := flags.Bool("force", false, "replace a package that is there already")
			upload := flags.Bool("upload", false, "publish the package, too")
			app.Alias(flags, "u", "upload")
			return func(ctx context.Context, c *app.Call) error {
				cfg, err := load(c)
				if err != nil {
					return err
				}
				b, err := r.build(ctx, c, cfg)
				if err != nil {
					return err
				}
				dir := first(*out, filepath.Join(c.Home, "packages", b.id.String()))
				if err := write(b.pkg, dir, *force); err != nil {
					return err
				}
				if *upload {
					return publishDir(ctx, c, cfg, dir, b.id.String())
				}
				view := map[string]any{"path": dir, "dataset": b.id.String(), "head_ratio": b.report.Ratio, "first_layer": b.report.FirstLayer,
					"base_accuracy_bps": b.report.Accuracy, "notes": b.report.Notes}
				if b.report.Matrices != nil {
					view["matrices"] = b.matrices()
				}
				return c.Print(view, func(w io.Writer) { fmt.Fprintf(w, "%s\nnext: %s\n", dir, b.next(c, dir)) })
			}
		},
	}
}

// next is what to do with the package: of a task a contest is made, which publishes it.
func (b built) next(c *app.Call, dir string) string {
	if b.pkg.Config.Task != nil {
		return c.Otherf("contest", "create --package %s -r 0.5 --dry-run", dir)
	}
	return c.Commandf("upload -p %s -d %s", dir, b.id)
}

// write writes a package; with force, in place of one that is there.
func write(pkg *packagefmt.Package, dir string, force bool) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	err := pkg.Write(dir)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if !force {
		return fmt.Errorf("%w: --force replaces it, -o writes elsewhere", err)
	}
	return pkg.Replace(dir)
}
