package submission

import (
	"fmt"
	"strconv"

	"github.com/decloud-sdk/decloud-go/dataset/internal/jsonrow"
)

// classes finds a label's class. It is stricter than readers of people's own data: what one
// reader takes for a class and another does not would score differently.
type classes struct {
	index   map[string]int
	numbers bool // some class is named by a number: then numbers are names
}

func newClasses(names []string) (classes, error) {
	c := classes{index: make(map[string]int, len(names))}
	for i, name := range names {
		if _, twice := c.index[name]; twice {
			return c, fmt.Errorf("submission: two classes are named %.60q", name)
		}
		c.index[name] = i
		if _, err := wholeNumber([]byte(name)); err == nil {
			c.numbers = true
		}
	}
	return c, nil
}

// ofName is the class of that name; -1 if there is none.
func (c classes) ofName(name string) int {
	if i, ok := c.index[name]; ok {
		return i
	}
	return -1
}

// ofNumber is the class of that number: its name if classes are named by numbers, else its
// place.
func (c classes) ofNumber(n int) int {
	if c.numbers {
		return c.ofName(strconv.Itoa(n))
	}
	if n < 0 || n >= len(c.index) {
		return -1
	}
	return n
}

// ofJSON is the class of a label in JSON; -1 if there is none.
func (c classes) ofJSON(value []byte) int {
	if jsonrow.IsString(value) {
		name, err := jsonrow.Text(value)
		if err != nil {
			return -1
		}
		return c.ofName(name)
	}
	n, err := wholeNumber(value)
	if err != nil {
		return -1
	}
	return c.ofNumber(n)
}
