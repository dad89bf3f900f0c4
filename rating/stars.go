package rating

import (
	"errors"
	"fmt"
	"strings"
)

// Stars is a trainer's rating in hundredths of a star.
type Stars uint16

// The range of ratings and how they change.
const (
	Start Stars = 500 // rating of a new trainer profile
	Floor Stars = 100 // lowest rating
	Cap   Stars = 500 // highest rating
	Step  Stars = 1   // by how much one settled gradient changes the rating
)

// String formats the rating for people, such as "4.99 ★".
func (s Stars) String() string { return fmt.Sprintf("%d.%02d ★", s/100, s%100) }

// ParseStars reads a rating from [Floor] to [Cap] with at most two decimals, such
// as "4.25" or "4.25 ★".
func ParseStars(text string) (Stars, error) {
	number := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "★"))
	s, ok := hundredths(number)
	if !ok || s < Floor || s > Cap {
		return 0, errors.New("a rating is 1 to 5 stars with at most two decimals, such as 4.25")
	}
	return s, nil
}

// hundredths reads "4", "4.2" or "4.25": one digit and at most two decimals.
func hundredths(number string) (s Stars, ok bool) {
	whole, decimals, _ := strings.Cut(number, ".")
	digits := whole + (decimals + "00")[:max(2, len(decimals))]
	if len(whole) != 1 || len(digits) != 3 {
		return 0, false
	}
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' {
			return 0, false
		}
		s = 10*s + Stars(d-'0')
	}
	return s, true
}
