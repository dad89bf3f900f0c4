package fairplay

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/validator"
)

// A test is what heads are scored on.
type test int

const (
	public  test = iota // the data set's test split
	hidden              // the creator's own data
	spoiled             // such data that nobody is better on than the base
)

// judgeOf scores on a test: one that the creator has is sealed in the package, and opened, as in a round.
func (l *Lab) judgeOf(on test) (*validator.Judge, error) {
	if judge, ok := l.judges[on]; ok {
		return judge, nil
	}
	var err error
	open := validator.Test{Embeddings: l.public.x, Labels: l.public.y}
	switch on {
	case public:
		l.judges[on], err = validator.NewJudge(l.ctx, l.pkg.Head, open)
	case hidden:
		l.judges[on], err = l.sealed(l.hidden, open)
	case spoiled:
		var data samples
		if data, err = l.spoil(); err == nil {
			l.judges[on], err = l.sealed(data, open)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	return l.judges[on], nil
}

// sealed scores on a sealed test; on the open one if the base scores on it as it cannot on a test of the same kind.
func (l *Lab) sealed(data samples, open validator.Test) (*validator.Judge, error) {
	key, pkg := packagefmt.HoldoutKey(holdoutKey), *l.pkg
	if err := pkg.SealHoldout(packagefmt.Holdout{Embeddings: data.x, Labels: data.y}, key); err != nil {
		return nil, err
	}
	return validator.NewHoldoutJudge(l.ctx, &pkg, open, &key)
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
