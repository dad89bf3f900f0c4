package rating_test

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/rating"
)

// Of two validators that disagree nobody can say who is wrong; of three the one
// that is far from the median is an outlier.
func ExampleValidations_Outlier() {
	two := rating.Validations{Accuracies: []uint32{7310, 9900}, Quorum: 2}
	three := rating.Validations{Accuracies: []uint32{7310, 9900, 7308}, Quorum: 2}
	const tolerance = 500 // 5 %
	fmt.Println(two.Outlier(9900, tolerance), three.Outlier(9900, tolerance), three.Outlier(7308, tolerance))
	// Output: false true false
}

func ExampleValidations_Improvement() {
	base := rating.Validations{Accuracies: []uint32{7310, 7312, 7310}, Quorum: 3}
	trained := rating.Validations{Accuracies: []uint32{8512, 8512, 8510}, Quorum: 3}
	fmt.Println(rating.FormatAccuracy(trained.Improvement(base)))
	// Output: 12.02 %
}

func ExampleValidations_Check() {
	fmt.Println(rating.Validations{Accuracies: []uint32{10_001}}.Check())
	// Output: rating: validation 0 has accuracy 10001, the highest is 10000 (100 %)
}

func ExampleValidations_Consensus() {
	// Two honest validators and one that lies.
	base := rating.Validations{Accuracies: []uint32{7310, 7310, 9900}, Quorum: 3}
	consensus, counts := base.Consensus()
	fmt.Println(rating.FormatAccuracy(consensus), counts, base.Outlier(9900, 500))
	// Output: 73.10 % true true
}

func ExampleProfile_Settle() {
	base := rating.Validations{Accuracies: []uint32{7310}, Quorum: 1}
	bad := rating.Validations{Accuracies: []uint32{4120}, Quorum: 1}
	fmt.Println(rating.NewProfile().Settle(base, bad).Stars)
	// Output: 4.99 ★
}

func ExampleParseStars() {
	stars, err := rating.ParseStars("4.25")
	fmt.Println(uint16(stars), stars, err)
	_, err = rating.ParseStars("5.5")
	fmt.Println(err)
	// Output:
	// 425 4.25 ★ <nil>
	// a rating is 1 to 5 stars with at most two decimals, such as 4.25
}
