"""Training, phishing drills and complaints."""
