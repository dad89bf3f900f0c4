// Package view makes of a chain's accounts what the explorer's page shows, as values that encode to JSON. It reads, and
// signs nothing.
//
// Amounts are texts of lamports, or of a run's base units, since a browser's numbers end at 2^53. Accuracies and
// improvements are hundredths of a percent. Texts of strangers hold no control characters.
package view
