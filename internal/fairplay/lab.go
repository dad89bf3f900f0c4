package fairplay

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

// Trainers is the number of honest trainers in every round: with the attacker, a quarter is malicious.
const Trainers = 3

// A Lab is what a seed makes of a task. It is for one goroutine.
type Lab struct {
	ctx     context.Context
	task    Task
	seed    uint64
	classes int
	pkg     *packagefmt.Package
	public  samples   // the data set's test split, which everybody has
	hidden  samples   // the creator's own data, on which holdout rounds are scored
	shares  []samples // private data of the honest trainers, then of the attacker
	judges  map[test]*validator.Judge
	heads   map[string]packagefmt.Network
	packs   map[packed]*content
	nothing line // an open round without submissions
}

// NewLab trains the base model of a seed and gives everybody disjoint data.
func NewLab(ctx context.Context, task Task, seed uint64) (*Lab, error) {
	sets, err := dataset.Builtin(task.ID)
	if err != nil {
		return nil, err
	}
	l := &Lab{ctx: ctx, task: task, seed: seed, classes: sets.Train.Classes(),
		heads: map[string]packagefmt.Network{}, packs: map[packed]*content{}, judges: map[test]*validator.Judge{}}
	order := dataset.Permutation(sets.Train.Len(), seed)
	if err := l.build(sets, order[:task.seen]); err != nil {
		return nil, fmt.Errorf("%v, seed %d: %w", task.ID, seed, err)
	}
	return l, l.divide(sets, order[task.seen:])
}

// build trains the base on a few samples and cuts it into encoder and head.
func (l *Lab) build(sets dataset.Sets, seen []int) error {
	first, err := dataset.Subset(sets.Train, seen)
	if err != nil {
		return err
	}
	mean, std, err := dataset.MeanStd(sets.Train)
	if err != nil {
		return err
	}
	shape := sets.Train.Shape()
	data, err := normalized(first, shape, mean, std)
	if err != nil {
		return err
	}
	start := l.task.model(len(data.x.Data)/len(data.y), l.classes, l.rng("base"))
	model, err := l.fit(start, data, l.task.base, 0)
	if err != nil {
		return err
	}
	l.pkg, _, err = packagefmt.Build(l.ctx, packagefmt.Model{Network: model}, sets.Test, packagefmt.BuildOptions{
		Dataset: l.task.ID, Split: packagefmt.SplitOptions{FirstLayer: headLayer},
		Preprocessing: packagefmt.Preprocessing{Shape: shape, Mean: mean, Std: std},
	})
	return err
}

// divide gives a quarter of what the base has not seen to the creator, and the rest to the trainers.
func (l *Lab) divide(sets dataset.Sets, unseen []int) error {
	labels, err := l.pkg.Labels(sets.Test)
	if err != nil {
		return err
	}
	l.public = samples{l.pkg.Embeddings, labels}
	pool, err := dataset.Subset(sets.Train, unseen)
	if err != nil {
		return err
	}
	var all samples
	if all.x, all.y, err = l.pkg.Embed(l.ctx, pool); err != nil {
		return err
	}
	n := len(all.y)
	l.hidden = all.pick(span(0, n/4))
	for i := range Trainers + 1 {
		part := (n - n/4) / (Trainers + 1)
		l.shares = append(l.shares, all.pick(span(n/4+i*part, n/4+(i+1)*part)))
	}
	return nil
}

// span are the numbers from low to high − 1.
func span(low, high int) []int {
	out := make([]int, 0, high-low)
	for i := low; i < high; i++ {
		out = append(out, i)
	}
	return out
}

// rng is a source of random numbers of its own for each purpose.
func (l *Lab) rng(purpose string) *rand.Rand {
	return rand.New(rand.NewChaCha8(keyOf(fmt.Sprintf("%v %d %s", l.task.ID, l.seed, purpose))))
}

// train trains a head once, and remembers it under a name.
func (l *Lab) train(name string, from packagefmt.Network, data samples, o fit.Options, seed uint64) (packagefmt.Network, error) {
	return l.once(name, func() (packagefmt.Network, error) { return l.fit(from, data, o, seed) })
}

func (l *Lab) once(name string, make func() (packagefmt.Network, error)) (packagefmt.Network, error) {
	if head, ok := l.heads[name]; ok {
		return head, nil
	}
	head, err := make()
	if err != nil {
		return head, fmt.Errorf("%s: %w", name, err)
	}
	l.heads[name] = head
	return head, nil
}

func (l *Lab) fit(from packagefmt.Network, data samples, o fit.Options, seed uint64) (packagefmt.Network, error) {
	o.Seed, o.Threads = l.seed<<16+seed, 1
	head, _, err := fit.Train(l.ctx, from, data.x, data.y, o)
	return head, err
}

// data is what a trainer learns from: its own, and what everybody has where rounds are scored on something else.
func (l *Lab) data(mode Mode, trainer int) samples {
	if mode == FairHoldout {
		return l.shares[trainer].and(l.public)
	}
	return l.shares[trainer]
}

// honest is the head of a trainer who trains as agreed; the attacker's data are the last.
func (l *Lab) honest(mode Mode, trainer int) (packagefmt.Network, error) {
	name := fmt.Sprintf("honest %d %v", trainer, mode == FairHoldout)
	return l.train(name, l.pkg.Head, l.data(mode, trainer), l.task.honest, uint64(trainer))
}
