package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// LogAttrs are the attributes that events of all workers have; those that are zero are left out.
func LogAttrs(reason, signature string, err error, retry time.Duration) (attrs []slog.Attr) {
	if reason != "" {
		attrs = append(attrs, slog.String("reason", reason))
	}
	if signature != "" {
		attrs = append(attrs, slog.String("signature", signature))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	if retry > 0 {
		attrs = append(attrs, slog.Duration("retry", retry))
	}
	return attrs
}

// Places are receipts, or what else says what it is, as a log shows them.
func Places[T fmt.Stringer](list []T) (out []string) {
	for _, r := range list {
		out = append(out, r.String())
	}
	return out
}

// Log logs an event: its kind is the message, what it holds its attributes. A nil logger drops it.
func Log(l *slog.Logger, level slog.Level, kind string, event slog.LogValuer) {
	if l == nil || !l.Enabled(context.Background(), level) {
		return
	}
	var attrs []slog.Attr
	for _, a := range event.LogValue().Group() {
		if a.Key != "kind" {
			attrs = append(attrs, a)
		}
	}
	l.LogAttrs(context.Background(), level, kind, attrs...)
}
