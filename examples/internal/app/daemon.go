package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Teller tells what a daemon does: a line with the time for people, or one JSON
// object a line for programs. It may be used from several goroutines.
type Teller struct {
	w    io.Writer
	json bool
	call *Call
}

// Teller of this call.
func (c *Call) Teller() *Teller {
	c.streams = true
	return &Teller{w: c.Out, json: c.JSON, call: c}
}

// Event is one thing that a daemon tells. Zero fields are left out of JSON.
type Event struct {
	Time       time.Time     `json:"time"`
	Kind       string        `json:"event"`
	Round      *uint64       `json:"round,omitempty"`
	Epoch      int           `json:"epoch,omitempty"` // of a contest
	Trainer    string        `json:"trainer,omitempty"`
	CID        string        `json:"cid,omitempty"`
	Accuracy   *uint32       `json:"accuracy_bps,omitempty"`
	Lamports   *uint64       `json:"lamports,omitempty"`
	Rating     uint16        `json:"rating,omitempty"`
	Epsilon    float64       `json:"epsilon,omitempty"`
	Delta      float64       `json:"delta,omitempty"`
	Operations float64       `json:"operations,omitempty"`
	Encoder    string        `json:"encoder,omitempty"`
	Rows       int           `json:"rows,omitempty"`
	Source     string        `json:"source,omitempty"`
	Signature  string        `json:"signature,omitempty"`
	Progress   *Progress     `json:"progress,omitempty"`
	Work       *Work         `json:"work,omitempty"`
	Published  []Publication `json:"published,omitempty"`
	Error      string        `json:"error,omitempty"`
	Text       string        `json:"text"`
}

// Progress is how far training is, in numbers.
type Progress struct {
	Epoch     int      `json:"epoch"` // from 1
	Epochs    int      `json:"epochs"`
	Batch     int      `json:"batch"` // in this epoch, from 1
	Batches   int      `json:"batches"`
	Loss      *float64 `json:"loss,omitempty"` // mean over this epoch so far; nil: not a finite number, which JSON has none for
	Accuracy  float64  `json:"accuracy"`       // 0 … 1, of the batches as they were trained on
	Remaining float64  `json:"remaining_seconds"`
}

// part of the training that is done, 0 … 1.
func (p *Progress) part() float64 {
	epochs := float64(p.Epoch-1) + float64(p.Batch)/float64(max(1, p.Batches))
	return epochs / float64(max(1, p.Epochs))
}

// Quietly notes an event that nothing is printed about: on a terminal, a live view shows
// it all the same, and so does a report.
func (t *Teller) Quietly(e Event) {
	if t.call.record != nil {
		t.call.record.see(e)
	}
	if t.call.live != nil {
		t.call.live.see(e)
	}
}

// Tell tells an event; text is for people.
func (t *Teller) Tell(e Event, format string, args ...any) {
	e.Time = time.Now()
	e.Text = Plain(inWords(fmt.Sprintf(format, args...)))
	e.Error = Plain(inWords(e.Error))
	t.Quietly(e)
	t.call.telling.Lock()
	defer t.call.telling.Unlock()
	if t.json {
		_ = json.NewEncoder(t.w).Encode(e)
		return
	}
	head := "[" + e.Time.Format(time.TimeOnly) + "] "
	if e.Round != nil {
		head += fmt.Sprintf("#%d ", *e.Round)
	}
	fmt.Fprintln(t.w, head+strings.ReplaceAll(e.Text, "\n", "\n         "))
	if e.Signature != "" {
		fmt.Fprintln(t.w, "         TX: "+e.Signature)
	}
}

// Failed tells what failed, what to do about it where that is known, and when it
// is tried again; 0: not.
func (t *Teller) Failed(e Event, err error, retry time.Duration) {
	text := fmt.Sprintf("error: %v", err)
	hint := t.call.hint(err)
	if errors.Is(err, dataset.ErrClass) || errors.Is(err, dataset.ErrShape) {
		hint = "Say how your data is to be read, and start again: " + t.call.Command("dataset set NAME PATH …") + "; --package DIR compares it with a package"
	}
	if retry > 0 && errors.Is(err, syscall.ECONNREFUSED) {
		hint = "" // it was there, and may come back
	}
	for line := range strings.Lines(hint) {
		text += "\n" + strings.TrimSpace(line)
	}
	if retry > 0 {
		text += "\ntrying again in " + retry.Round(time.Millisecond).String()
	}
	t.Tell(e, "%s", text)
}

// Banner shows what a daemon is about to do; in JSON it is an event.
func (c *Call) Banner(title string, pairs ...string) {
	if c.JSON {
		c.Teller().Tell(Event{Kind: "started"}, "%s", title)
		return
	}
	line := strings.Repeat("═", 60)
	fmt.Fprintf(c.Out, "%s\n  %s\n%s\n", line, title, line)
	Fields(c.Out, pairs...)
	fmt.Fprintf(c.Out, "%s\n", line)
}

// Serve runs a daemon until ctx is done. To be stopped is no failure of the
// daemon's, but an interruption of the command.
func (c *Call) Serve(ctx context.Context, work ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	errs := make([]error, len(work))
	for i, do := range work {
		wg.Go(func() {
			if errs[i] = do(ctx); errs[i] != nil {
				cancel(errs[i])
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return ctx.Err()
}

// OnOff shows a switch.
func OnOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
