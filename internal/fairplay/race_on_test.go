//go:build race

package fairplay

const raceEnabled = true
