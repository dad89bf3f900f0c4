package packagefmt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/decloud-sdk/decloud-go/dataset/submission"
)

// TaskData is the only type of a task: trainers submit data, and are paid for what an
// adapter of the package's model learns from it.
const TaskData = "data"

// Task makes a package that of a data round. Everything that decides a score is in it, so
// that every validator computes the same one.
type Task struct {
	// Type is [TaskData].
	Type string `json:"type"`
	// Schema says what a row is.
	Schema TaskSchema `json:"schema"`
	// Rows says how many there may be.
	Rows TaskRows `json:"rows"`
	// Adapter is what is trained on them.
	Adapter TaskAdapter `json:"adapter"`
	// Training says how.
	Training TaskTraining `json:"training"`
	// Metric turns the trained model's answers to the test into a score.
	Metric Metric `json:"metric"`
}

// TaskSchema says what a row of a submission is.
type TaskSchema struct {
	// Kind is the kind of rows. Samples are as the preprocessing says, and labels are
	// looked up in its classes.
	Kind submission.Kind `json:"kind"`
	// Near is the cosine of two rows' encoder outputs, 0.9 to 1, from which on they are copies
	// of each other; of values and pictures. At 1 only the rows themselves are compared. 0 means
	// DefaultNear. copies.Calibrate finds one that takes honest rows for copies seldom.
	Near float64 `json:"near,omitempty"`
}

// DefaultNear is TaskSchema.Near where a package does not say.
const DefaultNear = 0.995

// TaskRows bounds a submission.
type TaskRows struct {
	Min int `json:"min"` // at least so many rows, from 1
	Max int `json:"max"` // at most so many, up to submission.MaxRows
	// Bytes bounds all files of a submission together; 0 means submission.DefaultBytes.
	Bytes int64 `json:"bytes,omitempty"`
}

// TaskAdapter is a low-rank adapter: W + alpha/rank · B·A in the place of a matrix W.
type TaskAdapter struct {
	Type    string  `json:"type"`    // "lora"
	Rank    int     `json:"rank"`    // 1 to 256
	Alpha   float64 `json:"alpha"`   // over 0, at most 65,536
	Dropout float64 `json:"dropout"` // on the adapter's input in training; 0 to below 1
	// Targets are paths of matrices, or what several paths begin with ([Package.Adaptable]).
	Targets []string `json:"targets"`
}

// TaskTraining says how the adapter is trained.
type TaskTraining struct {
	Epochs       int     `json:"epochs"`        // over rows.max rows, whatever a submission has: see [Task.Steps]
	BatchSize    int     `json:"batch_size"`    // 1 to 4,096
	LearningRate float64 `json:"learning_rate"` // over 0, at most 10
	Optimizer    string  `json:"optimizer"`     // "adam", "adamw" or "sgd"
	Schedule     string  `json:"schedule"`      // "constant", or "linear": 1 − step/steps
	Seed         uint64  `json:"seed"`
	Context      int     `json:"context,omitempty"` // tokens of a sample; of conversations only
}

// Metric is how a score is computed.
type Metric string

// The metrics.
const (
	// MetricAccuracy is ⌊10,000 · right / samples⌋.
	MetricAccuracy Metric = "accuracy"
	// MetricLoss is ⌊10,000 · e^(−loss)⌋, of the mean cross-entropy in nats.
	MetricLoss Metric = "loss"
)

// Bounds of a task.
const (
	maxTargets   = 4096
	maxTaskSteps = 1 << 20
)

// Steps is how many optimizer steps a training takes, whatever the size of the data set:
// epochs · ⌈rows.max / batch_size⌉.
func (t Task) Steps() int {
	return t.Training.Epochs * ((t.Rows.Max + t.Training.BatchSize - 1) / t.Training.BatchSize)
}

// parseTask reads "task". Unlike elsewhere an unknown key is an error: a setting that one
// reader ignores would give another score.
func parseTask(raw json.RawMessage) (*Task, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var named struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &named); err != nil || named.Type != TaskData {
		return nil, fmt.Errorf("%w: a package with a task of type %.60q: only %q is known", ErrUnsupported, named.Type, TaskData)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	t := new(Task)
	if err := dec.Decode(t); err != nil && err != io.EOF {
		return nil, fmt.Errorf("%w: task: %w", ErrInvalid, err)
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("%w: task: %w", ErrInvalid, err)
	}
	return t, nil
}

// check checks what can be checked without the package.
func (t *Task) check() error {
	if t.Type != TaskData {
		return fmt.Errorf("type %.60q: want %q", t.Type, TaskData)
	}
	a, r, s := t.Adapter, t.Rows, t.Schema
	for _, v := range []struct {
		name     string
		value    float64
		low, top float64
	}{
		{"rows.min", float64(r.Min), 1, float64(r.Max)},
		{"rows.max", float64(r.Max), 1, submission.MaxRows},
		{"rows.bytes", float64(r.Bytes), 0, submission.MaxBytes},
		{"adapter.rank", float64(a.Rank), 1, 256},
		{"training.epochs", float64(t.Training.Epochs), 1, 1000},
		{"training.batch_size", float64(t.Training.BatchSize), 1, 4096},
		{"training.context", float64(t.Training.Context), 0, 1 << 16},
	} {
		if !(v.value >= v.low && v.value <= v.top) {
			return fmt.Errorf("%s is %v, want %v to %v", v.name, v.value, v.low, v.top)
		}
	}
	switch {
	case a.Type != "lora":
		return fmt.Errorf("adapter.type %.60q: want \"lora\"", a.Type)
	case !(a.Alpha > 0 && a.Alpha <= 1<<16):
		return fmt.Errorf("adapter.alpha is %v, want over 0, at most 65536", a.Alpha)
	case !(a.Dropout >= 0 && a.Dropout < 1):
		return fmt.Errorf("adapter.dropout is %v, want 0 to below 1", a.Dropout)
	case s.Near != 0 && !(s.Near >= 0.9 && s.Near <= 1):
		return fmt.Errorf("schema.near is %v, want 0.9 to 1", s.Near)
	case s.Near != 0 && (s.Kind == submission.Texts || s.Kind == submission.Conversations):
		return fmt.Errorf("schema.near is for values and pictures: texts are compared by their words")
	}
	if err := t.Training.check(t.Steps()); err != nil {
		return err
	}
	return t.checkWords()
}

// checkWords checks what is one of a few words.
func (t *Task) checkWords() error {
	if !t.Schema.Kind.Known() {
		return fmt.Errorf("schema.kind %.60q: want %q, %q, %q or %q", t.Schema.Kind,
			submission.Values, submission.Pictures, submission.Texts, submission.Conversations)
	}
	talks := t.Schema.Kind == submission.Conversations
	switch {
	case t.Metric != MetricAccuracy && t.Metric != MetricLoss:
		return fmt.Errorf("metric %.60q: want %q or %q", t.Metric, MetricAccuracy, MetricLoss)
	case talks && t.Metric != MetricLoss:
		return fmt.Errorf("metric %q: conversations have no classes, want %q", t.Metric, MetricLoss)
	case talks != (t.Training.Context > 0):
		return fmt.Errorf("training.context is %d: conversations need it, other rows have none", t.Training.Context)
	}
	return t.Adapter.checkTargets()
}

func (t TaskTraining) check(steps int) error {
	switch {
	case !(t.LearningRate > 0 && t.LearningRate <= 10):
		return fmt.Errorf("training.learning_rate is %v, want over 0, at most 10", t.LearningRate)
	case t.Optimizer != "adam" && t.Optimizer != "adamw" && t.Optimizer != "sgd":
		return fmt.Errorf("training.optimizer %.60q: want adam, adamw or sgd", t.Optimizer)
	case t.Schedule != "constant" && t.Schedule != "linear":
		return fmt.Errorf("training.schedule %.60q: want constant or linear", t.Schedule)
	case steps > maxTaskSteps:
		return fmt.Errorf("the training takes %d steps, at most %d: fewer epochs or larger batches", steps, maxTaskSteps)
	}
	return nil
}

// Submission is what the task says about what is submitted.
func (p *Package) Submission() (submission.Schema, error) {
	t := p.Config.Task
	if t == nil {
		return submission.Schema{}, fmt.Errorf("%w: the package has no task: rounds of it take heads, not data", ErrUnsupported)
	}
	s := submission.Schema{Kind: t.Schema.Kind, MinRows: t.Rows.Min, MaxRows: t.Rows.Max, MaxBytes: t.Rows.Bytes}
	if pre := p.Config.Preprocessing; pre != nil {
		s.Shape, s.Classes = pre.Shape, pre.Classes
	}
	return s, nil
}
