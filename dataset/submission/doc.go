// Package submission is data as it is submitted to data rounds: a directory with data.json,
// which says what it is, and the rows.
package submission
