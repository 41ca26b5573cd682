package oktasim_test

func widgetRecovery(v *visitor) {
	v.open()
	v.click("forgot-password")
	v.sees("Reset your password")
	v.submit(user, ada)
	v.choose("okta_email")
	v.click("Enter a verification code instead")
	code, _ := v.mail(ada)
	v.submit(passcode, code)
	v.sees("Reset your password")
	v.submit(passcode, "ada", "confirmPassword", "ada")
	v.sees("Password requirements were not met")
	v.submit(passcode, freshPassword, "confirmPassword", freshPassword)
	v.isIn(ada)
}

func widgetRegistration(v *visitor) {
	v.open()
	v.click("enroll")
	v.submit("userProfile.firstName", "New", "userProfile.lastName", "Comer", "userProfile.email", "e2e-ciam")
	v.sees("must be in the form of an email address")
	v.submit("userProfile.email", newcomer)
	v.choose("okta_password")
	v.submit(passcode, freshPassword, "confirmPassword", freshPassword)
	v.choose("okta_email")
	v.click("Enter a verification code instead")
	code, _ := v.mail(newcomer)
	v.submit(passcode, code)
	v.sees("Optional")
	v.submit() // sets nothing more up
	v.isIn(newcomer)
}
