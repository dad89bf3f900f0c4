package config

import (
	"errors"
	"fmt"
	"io/fs"
	"math"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
	"github.com/decloud-sdk/decloud-go/run/update"
)

// Check returns what is wrong with the file for a run with that treasury: errors
// that name the fields, and wrap [ErrInvalid].
func (f File) Check(t run.Treasury) error {
	var errs []error
	want := func(ok bool, field, reason string) {
		if !ok {
			errs = append(errs, &run.FieldError{Field: field, Reason: reason})
		}
	}
	v := f.Config.Verification
	want(v == run.Witness.String() || v == run.Vote.String(), "verification", `must be "witness" or "vote"`)
	if err := f.Settings().Check(f.Config.verification(), t); err != nil {
		errs = append(errs, err)
	}
	want(f.Config.EpochTime == 0 || f.Config.MaxRoundTrainTime < f.Config.EpochTime, "max_round_train_time", "must be less than epoch_time")
	h := f.Model.Head
	want(len(h.Package) >= 46 && len(h.Package) <= 64, "model.Head.package", "must be the CID of a model package")
	want(h.BatchSize >= 1 && h.BatchSize <= 65_536, "model.Head.batch_size", "must be 1 to 65536")
	want((h.Optimizer.AdamW != nil) != (h.Optimizer.Sgd != nil), "model.Head.optimizer", "must be one of AdamW and Sgd")
	h.Optimizer.check(want)
	h.LRSchedule.check(want)
	want(len(f.Config.ClientVersion) <= 96, "client_version", "must have at most 96 bytes")
	f.Data.check(want)
	for field, err := range map[string]error{
		"model.Head.update": f.Encoding().Check(), "model.Head.aggregator": f.Options().Check(),
		"model.Head.server": f.Server().Check(), "max_norm or min_agreement": f.Rules().Check(),
	} {
		if err != nil {
			errs = append(errs, &run.FieldError{Field: field, Reason: err.Error()})
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("%w: %w", ErrInvalid, errors.Join(errs...))
	}
	return nil
}

func (o Optimizer) check(want func(ok bool, field, reason string)) {
	positive := func(field string, values ...float64) {
		for _, v := range values {
			want(v >= 0 && v <= math.MaxFloat32, "model.Head.optimizer."+field, "must be 0 or more")
		}
	}
	if a := o.AdamW; a != nil {
		positive("AdamW", a.WeightDecay, a.ClipGradNorm, a.Prox)
	}
	if s := o.Sgd; s != nil {
		positive("Sgd", s.WeightDecay, s.ClipGradNorm, s.Prox)
		want(s.Momentum >= 0 && s.Momentum < 1, "model.Head.optimizer.Sgd.momentum", "must be 0 or more and under 1")
	}
}

func (l LRSchedule) check(want func(ok bool, field, reason string)) {
	n := 0
	rate := func(field string, base, first, last float64) {
		n++
		ok := func(v float64) bool { return v >= 0 && v <= math.MaxFloat32 }
		want(base > 0 && ok(base) && ok(first) && ok(last), "model.Head.lr_schedule."+field, "must have a base_lr over 0, and no negative rate")
	}
	decay := func(field string, d *Decay) {
		if d != nil {
			rate(field, d.BaseLR, d.WarmupInitLR, d.FinalLR)
			want(d.TotalSteps > d.WarmupSteps, "model.Head.lr_schedule."+field+".total_steps", "must be more than warmup_steps")
		}
	}
	if c := l.Constant; c != nil {
		rate("Constant", c.BaseLR, c.WarmupInitLR, 0)
	}
	decay("Linear", l.Linear)
	decay("Cosine", l.Cosine)
	want(n == 1, "model.Head.lr_schedule", "must be one of Constant, Linear and Cosine")
}

func (d Data) check(want func(ok bool, field, reason string)) {
	want(d.Location == "private" || d.Location == "shared", "data.location", `must be "private" or "shared"`)
	want((d.Location == "shared") == (d.Dataset != ""), "data.dataset", "must be the CID of the data set that is shared, and only that")
}

// Encoding is that of the members' updates.
func (f File) Encoding() update.Encoding {
	return update.Encoding{Kind: update.Kind(f.Model.Head.Update.Encoding), Fraction: f.Model.Head.Update.Fraction}
}

// Options are how updates become one.
func (f File) Options() aggregate.Options {
	a := f.Model.Head.Aggregator
	return aggregate.Options{Method: aggregate.Method(a.Method), Trim: a.Trim, ClipNorm: a.ClipNorm}
}

// Server is the server optimizer.
func (f File) Server() aggregate.Optimizer {
	s := f.Model.Head.Server
	return aggregate.Optimizer{Server: aggregate.Server(s.Optimizer), LearningRate: s.LearningRate, Beta1: s.Beta1, Beta2: s.Beta2, Tau: s.Tau}
}

// Rules are the bounds on updates.
func (f File) Rules() aggregate.Rules {
	least := f.Config.MinAgreement
	return aggregate.Rules{MaxNorm: f.Config.MaxNorm, MinAgreement: &least}
}

// Update is the instruction that puts on chain what the program needs of the file,
// whose digest is that of the directory [FS] makes.
func (f File) Update(digest run.Digest) run.UpdateConfig {
	return run.UpdateConfig{
		Settings: f.Settings(), Digest: digest, PackageCID: f.Model.Head.Package, Verification: f.Config.verification(), ClientVersion: f.Config.ClientVersion,
	}
}

// Matches returns an error unless the file says what the chain says.
func (f File) Matches(r *run.Run) error {
	switch {
	case f.Settings() != r.Settings:
		return fmt.Errorf("%w: [config] is not what run %s has on chain: do not join", ErrInvalid, r.ID)
	case f.Model.Head.Package != r.PackageCID:
		return fmt.Errorf("%w: model.Head.package is not the package of run %s: do not join", ErrInvalid, r.ID)
	case f.Config.verification() != r.Verification:
		return fmt.Errorf("%w: verification is not that of run %s: do not join", ErrInvalid, r.ID)
	}
	return nil
}

// FS is the directory that is published for a file of that text.
func FS(text []byte) fs.FS { return memfs.FS{FileName: text} }

// ReadFS reads the file from a directory that was fetched.
func ReadFS(fsys fs.FS) (File, error) {
	files, err := memfs.Read(fsys, MaxSize)
	if errors.Is(err, memfs.ErrRead) {
		return File{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err != nil {
		return File{}, err
	}
	text, ok := files[FileName]
	if !ok || len(files) != 1 {
		return File{}, fmt.Errorf("%w: the directory holds %d files instead of %s alone", ErrInvalid, len(files), FileName)
	}
	return Parse(text)
}

// LearningRate is the members' at the run's step.
func (f File) LearningRate(step uint32) float64 {
	l := f.Model.Head.LRSchedule
	warm := func(base, first float64, steps uint32) (float64, bool) {
		if step < steps {
			return first + (base-first)*float64(step)/float64(steps), true
		}
		return base, false
	}
	if c := l.Constant; c != nil {
		rate, _ := warm(c.BaseLR, c.WarmupInitLR, c.WarmupSteps)
		return rate
	}
	d, cosine := l.Linear, false
	if d == nil {
		d, cosine = l.Cosine, true
	}
	rate, warming := warm(d.BaseLR, d.WarmupInitLR, d.WarmupSteps)
	if warming {
		return rate
	}
	part := min(1, float64(step-d.WarmupSteps)/float64(d.TotalSteps-d.WarmupSteps))
	if cosine {
		part = (1 - math.Cos(math.Pi*part)) / 2
	}
	return d.BaseLR + (d.FinalLR-d.BaseLR)*part
}
