package fairplay

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/validator"
)

// A test is what heads are scored on.
type test int

const (
	public  test = iota // the data set's test split
	hidden              // the creator's own data
	spoiled             // such data that nobody is better on than the base
)

// judgeOf scores on a test.
func (l *Lab) judgeOf(on test) (*validator.Judge, error) {
	if judge, ok := l.judges[on]; ok {
		return judge, nil
	}
	data := map[test]samples{public: l.public, hidden: l.hidden}[on]
	if on == spoiled {
		var err error
		if data, err = l.spoil(); err != nil {
			return nil, err
		}
	}
	judge, err := validator.NewJudge(l.ctx, l.pkg.Head, validator.Test{Embeddings: data.x, Labels: data.y})
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	l.judges[on] = judge
	return judge, nil
}

// spoil picks what the base has right, and makes as many labels wrong as it has wrong elsewhere: it scores as on any test, and
// better heads score no better.
func (l *Lab) spoil() (samples, error) {
	var right []int
	for i := range l.hidden.y {
		one := l.hidden.pick([]int{i})
		score, err := validator.Accuracy(l.ctx, l.pkg.Head, one.x, one.y, 0)
		if err != nil {
			return one, err
		}
		if score > 0 {
			right = append(right, i)
		}
	}
	data := l.hidden.pick(right)
	wrong := len(right) * (len(l.hidden.y) - len(right)) / len(l.hidden.y)
	for i := range wrong {
		data.y[i] = (data.y[i] + 1) % l.classes
	}
	return data, nil
}
