package external

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

type lock = sync.Mutex

// maxLine is the longest line that is taken for progress, in bytes.
const maxLine = 4096

// lines passes on what a command prints, but for lines of progress.
type lines struct {
	to       io.Writer
	progress func(fit.Progress)
	began    time.Time
	line     []byte
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		part := rest[:i+1]
		if i < 0 {
			part = rest
		}
		rest = rest[len(part):]
		l.line = append(l.line, part...)
		if i >= 0 || len(l.line) > maxLine {
			if err := l.flush(); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

// end passes on a last line without an end.
func (l *lines) end() { _ = l.flush() } // what is printed is for people

func (l *lines) flush() error {
	line := l.line
	l.line = l.line[:0]
	if l.told(line) {
		return nil
	}
	_, err := l.to.Write(line)
	return err
}

// told takes a line of progress: what the command says of itself, for people to see.
func (l *lines) told(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("{")) || len(line) > maxLine {
		return false
	}
	var p struct {
		Epoch    int     `json:"epoch"`
		Epochs   int     `json:"epochs"`
		Loss     float64 `json:"loss"`
		Accuracy float64 `json:"accuracy"`
	}
	if json.Unmarshal(line, &p) != nil || p.Epoch < 1 || p.Epochs < p.Epoch || p.Accuracy < 0 || p.Accuracy > 1 {
		return false
	}
	if l.progress != nil {
		elapsed := time.Since(l.began)
		l.progress(fit.Progress{Epoch: p.Epoch, Epochs: p.Epochs, Batch: 1, Batches: 1, Loss: p.Loss, Accuracy: p.Accuracy, Elapsed: elapsed,
			Remaining: time.Duration(min(float64(elapsed)*(float64(p.Epochs-p.Epoch)/float64(p.Epoch)), 1<<62))})
	}
	return true
}
