"""What is understood and said. No Flask, no Twilio, no clock of its own."""
