package app

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
	"github.com/decloud-sdk/decloud-go/rating"
)

// record is what a command has told so far, for a report that is written as it goes on.
type record struct {
	path, title string
	facts       []string

	mu        sync.Mutex
	trainings []training // the latest ones
	scores    [][]string // rows of a table, the latest ones
	paid      []payment  // the latest ones
	ratings   []chart.Point
	claims    int
}

// training is that of one round.
type training struct {
	round          uint64
	accuracy, loss []chart.Point // by epoch
}

type payment struct {
	round, lamports uint64
	at              time.Time
}

// The most that a record holds: a daemon may run for years.
const (
	maxTrainings = 6 // as many curves as can be told apart
	maxEpochs    = 2000
	maxScores    = 200
	maxPayments  = 200
)

// Report has what the command tells written to a file as it goes on, if path names one. The
// function that it returns writes the last of it.
func (c *Call) Report(path, title string, facts ...string) (finish func() error) {
	if path == "" {
		return func() error { return nil }
	}
	r := &record{path: path, title: title, facts: facts}
	c.record = r
	return func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		return chart.Write(r.path, r.page(time.Now()))
	}
}

// see takes an event into the record, and writes the report unless there will soon be more.
func (r *record) see(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := e.Progress; p != nil {
		if e.Round != nil && p.Batch == p.Batches {
			r.trained(*e.Round, p)
		}
		return
	}
	switch {
	case e.Accuracy != nil && e.Round != nil:
		r.scores = latest(append(r.scores, []string{fmt.Sprint(*e.Round), cmp.Or(e.Trainer, "the base"), rating.FormatAccuracy(*e.Accuracy), e.Kind,
			time.Now().UTC().Format(time.RFC3339)}), maxScores)
	case e.Lamports != nil && e.Round != nil:
		r.paid = latest(append(r.paid, payment{*e.Round, *e.Lamports, time.Now()}), maxPayments)
		r.claims++
		if e.Rating > 0 {
			r.ratings = latest(append(r.ratings, chart.Point{X: float64(r.claims), Y: float64(e.Rating) / 100}), maxPayments)
		}
	}
	_ = chart.Write(r.path, r.page(time.Now())) // what fails is said in the end
}

func (r *record) trained(id uint64, p *Progress) {
	n := len(r.trainings)
	if n == 0 || r.trainings[n-1].round != id {
		for i, t := range r.trainings { // several go on at a time
			if t.round == id {
				r.trainings = append(append(r.trainings[:i:i], r.trainings[i+1:]...), t)
			}
		}
		if n = len(r.trainings); n == 0 || r.trainings[n-1].round != id {
			r.trainings = latest(append(r.trainings, training{round: id}), maxTrainings)
		}
	}
	t := &r.trainings[len(r.trainings)-1]
	at := float64(p.Epoch)
	if k := len(t.accuracy); k > 0 && t.accuracy[k-1].X >= at { // it was begun anew
		t.accuracy, t.loss = nil, nil
	}
	t.accuracy = latest(append(t.accuracy, chart.Point{X: at, Y: p.Accuracy}), maxEpochs)
	if p.Loss != nil {
		t.loss = latest(append(t.loss, chart.Point{X: at, Y: *p.Loss}), maxEpochs)
	}
}

// latest are the last n of a list.
func latest[T any](all []T, n int) []T {
	if len(all) > n {
		return append([]T(nil), all[len(all)-n:]...)
	}
	return all
}

func (r *record) page(now time.Time) chart.Page {
	p := chart.Page{Title: r.title, Lead: "As of " + now.UTC().Format(time.RFC3339), Facts: r.facts}
	if len(r.trainings) > 0 {
		accuracy := chart.Curves{Title: "Accuracy on own data", X: "epoch", Unit: chart.Percent}
		loss := chart.Curves{Title: "Loss", X: "epoch"}
		for _, t := range r.trainings {
			name := fmt.Sprintf("round %d", t.round)
			accuracy.Lines = append(accuracy.Lines, chart.Curve{Name: name, Points: t.accuracy})
			loss.Lines = append(loss.Lines, chart.Curve{Name: name, Points: t.loss})
		}
		p.Parts = append(p.Parts, chart.Part{Title: "Training", Drawings: []chart.Drawing{accuracy, loss}})
	}
	if len(r.scores) > 0 {
		p.Parts = append(p.Parts, chart.Part{Title: "Scores", Drawings: []chart.Drawing{scoreBars(r.scores)},
			Tables: []chart.Table{{Caption: "Scores", Head: []string{"round", "of", "accuracy", "told as", "time"}, Rows: r.scores}}})
	}
	if len(r.paid) > 0 {
		p.Parts = append(p.Parts, r.earnings())
	}
	if len(p.Parts) == 0 {
		p.Parts = []chart.Part{{Text: "Nothing has happened yet."}}
	}
	return p
}

// shownScores is how many scores are drawn; the table has more.
const shownScores = 20

func scoreBars(rows [][]string) chart.Bars {
	bars := chart.Bars{Title: "The latest scores", Unit: chart.Percent}
	for _, row := range latest(rows, shownScores) {
		var percent float64
		_, _ = fmt.Sscanf(row[2], "%f", &percent) // as FormatAccuracy writes it
		bars.Rows = append(bars.Rows, chart.Bar{Name: "#" + row[0] + " " + row[1], Value: percent / 100})
	}
	return bars
}

func (r *record) earnings() chart.Part {
	sum, lines := uint64(0), chart.Curve{Name: "earned"}
	table := chart.Table{Caption: "Claims", Head: []string{"round", "SOL", "time"}}
	for i, one := range r.paid {
		sum += one.lamports
		lines.Points = append(lines.Points, chart.Point{X: float64(r.claims - len(r.paid) + i + 1), Y: float64(sum)})
		table.Rows = append(table.Rows, []string{fmt.Sprint(one.round), chain.FormatSOL(one.lamports), one.at.UTC().Format(time.RFC3339)})
	}
	part := chart.Part{Title: "Earnings", Text: strings.TrimSpace(chain.FormatSOL(sum) + " SOL in " + fmt.Sprint(len(r.paid)) + " claims"), Tables: []chart.Table{table},
		Drawings: []chart.Drawing{chart.Curves{Title: "Earned", X: "claim", Unit: chart.SOL, Lines: []chart.Curve{lines}}}}
	if len(r.ratings) > 0 {
		part.Drawings = append(part.Drawings, chart.Curves{Title: "Rating in stars", X: "claim", Lines: []chart.Curve{{Name: "rating", Points: r.ratings}}})
	}
	return part
}
