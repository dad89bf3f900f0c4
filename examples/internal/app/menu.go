package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// choice is a line of a menu: a name that can be typed instead of its number, and what
// it means.
type choice struct{ name, about string }

// choose shows a menu until one of its lines is chosen; Enter is the one marked present.
func (w *wizard) choose(ctx context.Context, c *Call, title string, choices []choice, present string) (string, error) {
	fmt.Fprintf(c.Err, "%s\n", title)
	names := make([]string, len(choices))
	for i, o := range choices {
		names[i] = o.name
		fmt.Fprintf(c.Err, "  %d  %-10s  %s\n", i+1, o.name, Plain(o.about))
	}
	for {
		answer, err := w.asked(ctx, c, fmt.Sprintf("  [%d]: ", 1+slices.Index(names, present)))
		if err != nil {
			return "", err
		}
		answer = strings.ToLower(answer)
		n, err := strconv.Atoi(answer)
		switch {
		case answer == "":
			return present, nil
		case err == nil && n >= 1 && n <= len(names):
			return names[n-1], nil
		case slices.Contains(names, answer):
			return answer, nil
		}
		fmt.Fprintf(c.Err, "  expected a number from 1 to %d, or one of %s%s\n", len(names), strings.Join(names, ", "), Meant(answer, names))
	}
}

// checklist shows names with a cross at those that are chosen, until the answer makes
// sense: numbers or names, any, or Enter, which keeps the crosses.
func (w *wizard) checklist(ctx context.Context, c *Call, title string, names []string, chosen *Names, check func(string) error) error {
	fmt.Fprintf(c.Err, "%s\n", title)
	for i, name := range names {
		mark := " "
		if slices.ContainsFunc(*chosen, func(s string) bool { return strings.EqualFold(s, name) }) {
			mark = "x"
		}
		fmt.Fprintf(c.Err, "  %2d [%s] %s\n", i+1, mark, name)
	}
	for {
		answer, err := w.asked(ctx, c, fmt.Sprintf("  numbers or names with commas between, or any [%s]: ", strings.Join(orAny(*chosen), ",")))
		if err != nil || answer == "" {
			return err
		}
		if err = pick(answer, names, chosen, check); err == nil {
			return nil
		}
		fmt.Fprintf(c.Err, "  %s\n", message(err))
	}
}

// pick reads the answer to a checklist. What is chosen changes as a whole, or not at all.
func pick(answer string, names []string, chosen *Names, check func(string) error) error {
	var picked Names
	if err := picked.Set(answer); err != nil {
		return err
	}
	for i, text := range picked {
		n, err := strconv.Atoi(text)
		if err != nil {
			if err := check(text); err != nil {
				return err
			}
			continue
		}
		if n < 1 || n > len(names) {
			return fmt.Errorf("expected numbers from 1 to %d", len(names))
		}
		picked[i] = names[n-1]
	}
	*chosen = picked
	return nil
}

func orAny(names Names) []string {
	if len(names) == 0 {
		return []string{"any"}
	}
	return names
}
