"""The questionnaire over HTTP: for members to answer, for operators to act on."""
