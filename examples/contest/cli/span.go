package cli

import (
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

// span is --rows: the first and the last of some rows, counted from 1; zero: all.
type span struct{ first, last int }

// Set implements flag.Value.
func (s *span) Set(text string) error {
	var got span
	if n, err := fmt.Sscanf(text, "%d-%d", &got.first, &got.last); n != 2 || err != nil || got.first < 1 || got.last < got.first || got.String() != text {
		return errors.New("expected the first and the last row, such as 1-300")
	}
	*s = got
	return nil
}

func (s *span) String() string {
	if *s == (span{}) {
		return ""
	}
	return fmt.Sprintf("%d-%d", s.first, s.last)
}

// takes reports whether rows of a kind can be taken out of others here.
func (*span) takes(kind submission.Kind) bool {
	return kind == submission.Values || kind == submission.Pictures
}

// of are these rows of the data.
func (s *span) of(rows dataset.Described, kind submission.Kind) (dataset.Described, error) {
	switch {
	case *s == (span{}):
		return rows, nil
	case !s.takes(kind):
		return nil, app.Usagef("--rows is for values and pictures: of %s, name a file with fewer lines", kind)
	case s.last > rows.Len():
		return nil, app.Usagef("--rows %s: there are %d rows", s, rows.Len())
	}
	list := make([]int, s.last-s.first+1)
	for i := range list {
		list[i] = s.first - 1 + i
	}
	some, err := dataset.Subset(rows, list)
	if err != nil {
		return nil, err
	}
	return some.(dataset.Described), nil // as it is of one that is
}
