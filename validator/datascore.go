package validator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/decloud-sdk/decloud-go/dataset/copies"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// computeData computes a score of a data round.
func (w *Worker) computeData(ctx context.Context, s *scorable) (score Score, kind EventKind, err error) {
	base := s.head == nil
	if !base && s.head.invalid != nil {
		return Unreadable(s.head.invalid), EventGradient, nil
	}
	m, release, err := w.dataModel(ctx, s.round, s.model, s.compared, !base)
	if err != nil {
		return Score{}, "", err
	}
	defer release()
	if base {
		return Score{Accuracy: m.base()}, EventBase, nil
	}
	ctx, cancel := w.scoring(ctx, s.round.ID)
	defer cancel()
	score, err = w.scoreData(ctx, s.round, s.head, m.data)
	return score, EventGradient, err
}

// scoreData scores one submission against those that it is compared with.
func (w *Worker) scoreData(ctx context.Context, r *round.Round, s *submission, d *dataState) (Score, error) {
	trainer := s.Trainer.String()
	files, err := w.dataFiles(ctx, s.CID, s.limit)
	if err != nil {
		return Score{}, err
	}
	rows, worthless, err := d.judge.read(ctx, DataSubmission{CID: s.CID, Trainer: trainer, Files: files})
	if err != nil {
		return Score{}, err
	}
	if worthless != nil {
		d.rows[rowsKey{trainer, s.CID}] = nil
		return *worthless, nil
	}
	d.rows[rowsKey{trainer, s.CID}] = rows.prints
	score, copied, err := w.copyOf(ctx, r, s, d, rows.prints)
	if err == nil && !copied {
		score, err = d.judge.learn(ctx, s.CID, rows)
	}
	if err != nil {
		return Score{}, err
	}
	if missing := s.data.missing; missing != nil && !agrees(score.Accuracy, s.Scores, r.OutlierTolerance) {
		return Score{}, worker.Later(fmt.Errorf("the scores that others have revealed are not this one: %w", missing), w.cfg.Poll)
	}
	return score, nil
}

// agrees reports whether a score is no outlier among those that were revealed.
func agrees(accuracy uint32, revealed []uint32, tolerance uint16) bool {
	sorted := slices.Sorted(slices.Values(revealed))
	return rating.Distance(accuracy, sorted[(len(sorted)-1)/2]) <= uint32(tolerance)
}

// errMayBeCopy is the reason to wait for what others make of earlier submissions of the round.
var errMayBeCopy = errors.New("its rows are those of earlier submissions of this round: they count once these have their consensus")

// copyOf is the score of a submission whose rows are those of others, and whether they are.
func (w *Worker) copyOf(ctx context.Context, r *round.Round, s *submission, d *dataState, rows []copies.Print) (score Score, is bool, err error) {
	origins, err := w.origins(ctx, d, s.data.past, s.limit)
	if err != nil {
		return Score{}, false, err
	}
	// What has the same CID is there for everybody who has this one.
	for _, of := range [][]*round.Gradient{nil, s.data.same, s.data.earlier} {
		with := origins
		if len(of) > 0 {
			if with, err = w.withRound(ctx, d, origins, of, s.limit); err != nil {
				return Score{}, false, err
			}
		}
		look := with.Look(s.Trainer.String(), rows)
		if !look.Copy() {
			continue
		}
		if s.data.sitting == 0 && len(of) > 0 && of[0].CID != s.CID {
			now, err := w.cfg.Rounds.Chain().Now(ctx)
			if err != nil {
				return Score{}, false, err
			}
			return Score{}, false, worker.Wait(errMayBeCopy, max(w.cfg.Poll, r.SittingStarts(1).Sub(now)))
		}
		return d.judge.copied(look), true, nil
	}
	return Score{}, false, nil
}

// origins are whose the rows of earlier rounds' submissions are.
func (w *Worker) origins(ctx context.Context, d *dataState, list []past, limit storage.FetchOption) (*copies.Origins, error) {
	if d.origins != nil && slices.Equal(d.of, list) {
		return d.origins, nil
	}
	all := copies.NewOrigins(d.judge.near, d.judge.testPrints)
	for _, p := range list {
		rows, err := w.rowsOf(ctx, d, p.trainer.String(), p.cid, limit)
		if err != nil {
			return nil, fmt.Errorf("a submission of the earlier round %d: %w", p.round, err)
		}
		all.Add(all.Look(p.trainer.String(), rows))
	}
	d.origins, d.of = all, slices.Clone(list)
	return all, nil
}

// withRound adds submissions of the round itself.
func (w *Worker) withRound(ctx context.Context, d *dataState, origins *copies.Origins, list []*round.Gradient, limit storage.FetchOption) (*copies.Origins, error) {
	all := origins.Fork()
	for _, g := range list {
		rows, err := w.rowsOf(ctx, d, g.Trainer.String(), g.CID, limit)
		if err != nil {
			return nil, fmt.Errorf("an earlier submission of the round: %w", err)
		}
		all.Add(all.Look(g.Trainer.String(), rows))
	}
	return all, nil
}

// rowsOf are the rows of a submission that is here; none if it is worth nothing.
func (w *Worker) rowsOf(ctx context.Context, d *dataState, trainer, cid string, limit storage.FetchOption) ([]copies.Print, error) {
	key := rowsKey{trainer, cid}
	if rows, known := d.rows[key]; known {
		return rows, nil
	}
	files, err := w.dataFiles(ctx, cid, limit)
	if err != nil {
		return nil, err
	}
	rows, worthless, err := d.judge.read(ctx, DataSubmission{CID: cid, Trainer: trainer, Files: files})
	if err != nil {
		return nil, err
	}
	if worthless != nil {
		rows.prints = nil
	}
	d.rows[key] = rows.prints
	return rows.prints, nil
}

// dataFiles are the files of a submission that is here.
func (w *Worker) dataFiles(ctx context.Context, text string, limit storage.FetchOption) (fs.FS, error) {
	root, err := storage.ParseCID(text)
	if err != nil {
		return nil, err
	}
	return w.local(ctx, root, limit)
}
