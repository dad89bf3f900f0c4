package svm

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/gagliardetto/solana-go"
)

// maxLogBytes is how many bytes of logs a transaction may write; further lines are dropped.
const maxLogBytes = 10_000

// logCollector collects a transaction's log lines.
type logCollector struct {
	lines     []string
	bytes     int
	truncated bool
}

// add appends a line, or once "Log truncated" when the limit is reached.
func (l *logCollector) add(line string) {
	n := l.bytes + len(line)
	if n >= maxLogBytes {
		if !l.truncated {
			l.truncated = true
			l.lines = append(l.lines, "Log truncated")
		}
		return
	}
	l.bytes = n
	l.lines = append(l.lines, line)
}

func (l *logCollector) addf(format string, args ...any) { l.add(fmt.Sprintf(format, args...)) }

func (l *logCollector) invoke(id solana.PublicKey, height int) {
	l.addf("Program %s invoke [%d]", id, height)
}

func (l *logCollector) success(id solana.PublicKey) { l.add("Program " + id.String() + " success") }

func (l *logCollector) failed(id solana.PublicKey, err error) {
	l.addf("Program %s failed: %v", id, err)
}

func (l *logCollector) program(line string) { l.add("Program log: " + line) }

func (l *logCollector) data(fields [][]byte) {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = base64.StdEncoding.EncodeToString(f)
	}
	l.add("Program data: " + strings.Join(parts, " "))
}

func (l *logCollector) returned(id solana.PublicKey, data []byte) {
	l.addf("Program return: %s %s", id, base64.StdEncoding.EncodeToString(data))
}
